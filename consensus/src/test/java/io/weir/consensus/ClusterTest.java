package io.weir.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private static Peer peer(int node) {
        return new Peer(new PeerId(new NodeId(node), 1), "localhost", 7000 + node);
    }

    private static Cluster listeningOn(String host, boolean insecure) {
        return new Cluster(new NodeId(1), host, 7001, List.of(), insecure);
    }

    private static List<Peer> peers(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(ClusterTest::peer).toList();
    }

    private static Cluster foundedBy(List<Peer> founders) {
        return new Cluster(new NodeId(1), "127.0.0.1", 7001, founders, false);
    }

    @Test
    void aGroupThatComesLaterBeginsWithPeersOfItsOwn() {
        List<Peer> own = List.of(new Peer(new PeerId(new NodeId(2), 77), "127.0.0.1", 7002));
        Cluster grown = new Cluster(
                new NodeId(1),
                "127.0.0.1",
                7001,
                peers(3),
                Map.of(),
                group -> group.equals("wal-1") ? own : List.of(),
                false);

        assertThat(grown.foundersOf("wal-0")).isEqualTo(peers(3));
        assertThat(grown.foundersOf("wal-1")).isEqualTo(own);
    }

    @Test
    void whoIsAskedAboutAGroupAreThoseThatItBeganWithAndThoseThatTheNodeWasToldOf() {
        Peer returned = new Peer(new PeerId(new NodeId(2), 77), "localhost", 7002);
        Peer gone = new Peer(new PeerId(new NodeId(9), 1), "localhost", 7009);
        Cluster grown = new Cluster(
                new NodeId(1),
                "127.0.0.1",
                7001,
                peers(4),
                Map.of("wal-", Set.of(new NodeId(1), new NodeId(2), new NodeId(3))),
                group -> group.equals("wal-1") ? List.of(gone, returned) : List.of(),
                false);

        assertThat(grown.contactsOf("wal-1")).as("each address once").containsExactly(gone, returned, peer(1), peer(3));
        assertThat(grown.contactsOf("wal-0")).containsExactly(peer(1), peer(2), peer(3));
        assertThat(grown.foundersOf("wal-1")).containsExactly(gone, returned);
    }

    @Test
    void listensBeyondLoopbackOnlyWhenToldThatThisIsInsecure() {
        assertThat(listeningOn("127.0.0.1", false).host()).isEqualTo("127.0.0.1");
        assertThat(listeningOn("0.0.0.0", true).host()).isEqualTo("0.0.0.0");
        assertThatIllegalArgumentException().isThrownBy(() -> listeningOn("0.0.0.0", false));
    }

    @Test
    void hasAtMostSevenFoundersOfWhichItIsOne() {
        assertThat(foundedBy(peers(7)).founders()).hasSize(7);
        assertThatIllegalArgumentException().isThrownBy(() -> foundedBy(peers(8)));
        assertThatIllegalArgumentException().isThrownBy(() -> foundedBy(List.of(peer(2), peer(3))));
        assertThatIllegalArgumentException().isThrownBy(() -> foundedBy(List.of(peer(1), peer(1))));
    }

    @Test
    void groupsOfANameAreFoundedByTheirKeepersAndOthersByAll() {
        List<Peer> six = peers(6);
        Set<NodeId> lastThree = Set.of(new NodeId(4), new NodeId(5), new NodeId(6));
        Cluster apart = new Cluster(new NodeId(1), "127.0.0.1", 7001, six, Map.of("wal-", lastThree), false);
        assertThat(apart.foundersOf("wal-0")).containsExactly(peer(4), peer(5), peer(6));
        assertThat(apart.foundersOf("metadata")).isEqualTo(six);
        assertThat(foundedBy(peers(3)).foundersOf("wal-0")).isEqualTo(peers(3));
    }

    @Test
    void aGroupHasAtMostSevenKeepers() {
        Map<String, Set<NodeId>> eight =
                Map.of("wal-", IntStream.rangeClosed(1, 8).mapToObj(NodeId::new).collect(Collectors.toSet()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Cluster(new NodeId(1), "127.0.0.1", 7001, peers(8), eight, false));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Cluster(new NodeId(1), "127.0.0.1", 7001, peers(22), Map.of("wal-", Set.of()), false));
    }

    @Test
    void refusesAPortOutOfBounds() {
        for (int port : new int[] {0, 65_536}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Cluster(new NodeId(1), "127.0.0.1", port, List.of(), false));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Peer(new PeerId(new NodeId(1), 1), "127.0.0.1", port));
        }
    }

    @Test
    void aPeersIdIsReadBackAsItWasWritten() {
        PeerId id = new PeerId(new NodeId(3), 1_763_752_000_000L);
        assertThat(PeerId.parse(id.toString())).isEqualTo(id);
        for (String wrong : new String[] {"", "3", ".1", "3.", "3.0", "3.1.1", "a.1"}) {
            assertThatIllegalArgumentException().isThrownBy(() -> PeerId.parse(wrong));
        }
    }
}
