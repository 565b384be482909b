package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReplicasTest {
    private static final Duration MOST = Duration.ofMillis(500);

    private static Peer peer(int node, long incarnation) {
        return new Peer(new PeerId(new NodeId(node), incarnation), "127.0.0.1", 7400 + node);
    }

    private static final List<Peer> THREE = List.of(peer(3, 1), peer(1, 1), peer(2, 1));

    @Test
    void everyReplicaHasItsTurnAndNodesBeginAtDifferentOnes() {
        Replicas seventh = new Replicas(() -> THREE, 7, MOST);
        Replicas eighth = new Replicas(() -> THREE, 8, MOST);
        assertThat(Stream.generate(() -> seventh.next().orElseThrow()).limit(4))
                .containsExactly(peer(2, 1), peer(3, 1), peer(1, 1), peer(2, 1));
        assertThat(eighth.next()).contains(peer(3, 1));
        assertThat(new Replicas(List::of, 1, MOST).next()).isEmpty();
    }

    @Test
    void whenAllWereAskedInVainThePausesGrowUpToTheirBound() {
        Replicas replicas = new Replicas(() -> THREE, 1, MOST);
        List<Long> pauses = Stream.generate(() -> {
                    replicas.next();
                    return replicas.pause().toMillis();
                })
                .limit(10)
                .toList();
        assertThat(pauses).containsExactly(20L, 20L, 20L, 40L, 80L, 160L, 320L, 500L, 500L, 500L);
        replicas.answered();
        replicas.next();
        assertThat(replicas.pause()).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void theNewestPeersCountAndNoneIsNoNews() {
        Replicas replicas = new Replicas(() -> THREE, 0, MOST);
        replicas.are(List.of(peer(4, 1), peer(4, 9)));
        replicas.are(List.of());
        assertThat(replicas.all()).containsExactlyInAnyOrder(peer(4, 1), peer(4, 9));
        assertThat(replicas.of(new NodeId(4))).contains(peer(4, 9));
        assertThat(replicas.of(new NodeId(1))).isEmpty();
        assertThat(replicas.known()).containsExactlyInAnyOrder(peer(4, 1), peer(4, 9));
    }

    @Test
    void whomANameStandsForIsLookedUpAgainWhenNobodyHasAnswered() {
        List<Peer> named = new ArrayList<>();
        Replicas replicas = new Replicas(() -> List.copyOf(named), 0, MOST);
        assertThat(replicas.next()).as("the name stands for nobody yet").isEmpty();
        named.add(peer(8, 1));
        assertThat(replicas.next()).contains(peer(8, 1));
        replicas.answered();
        replicas.are(List.of(peer(1, 1), peer(2, 1)));
        named.add(peer(9, 1));

        replicas.next();
        assertThat(replicas.all()).as("one was not asked yet").containsExactly(peer(1, 1), peer(2, 1));
        replicas.next();
        replicas.next();
        assertThat(replicas.all()).containsExactly(peer(1, 1), peer(2, 1), peer(8, 1), peer(9, 1));
        assertThat(replicas.known()).as("numbers that were told").isEmpty();
        named.removeFirst();
        for (int i = 0; i < 4; i++) {
            replicas.next();
        }
        assertThat(replicas.all())
                .as("no address is there twice")
                .doesNotHaveDuplicates()
                .hasSize(4);
    }

    @Test
    void whoIsKnownIsSaidWhileANameIsLookedUpAndWhatIsToldMeanwhileStays() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        Replicas replicas = new Replicas(
                () -> {
                    asked.countDown();
                    return asked.getCount() > 0 ? List.of() : slowly(goOn);
                },
                0,
                MOST);
        // Given a name that takes its time
        CompletableFuture<Optional<Peer>> next =
                CompletableFuture.supplyAsync(replicas::next, Thread::startVirtualThread);
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        // When a replica tells of others
        CompletableFuture<List<Peer>> known = CompletableFuture.supplyAsync(
                () -> {
                    replicas.answered();
                    replicas.are(List.of(peer(1, 5), peer(2, 5)));
                    return replicas.all().toList();
                },
                Thread::startVirtualThread);
        try {
            assertThat(known).succeedsWithin(60, TimeUnit.SECONDS).isEqualTo(List.of(peer(1, 5), peer(2, 5)));
        } finally {
            goOn.countDown();
        }
        // Then that is not undone by what the name stands for
        assertThat(next).succeedsWithin(60, TimeUnit.SECONDS).isEqualTo(Optional.of(peer(1, 5)));
        assertThat(replicas.known()).containsExactly(peer(1, 5), peer(2, 5));
    }

    @Test
    void thoseThatWereNamedAreAskedAgainWhenThoseThatWereToldOfAreOfNoUse() {
        Replicas replicas = new Replicas(() -> List.of(peer(1, 1), peer(2, 1)), 0, MOST);
        assertThat(replicas.next()).contains(peer(1, 1));
        // Given one that knows the group of long ago
        replicas.are(List.of(peer(1, 1), peer(3, 1)));

        List<Optional<Peer>> next = Stream.generate(replicas::next).limit(4).toList();

        assertThat(next).contains(Optional.of(peer(2, 1)));
        assertThat(replicas.all()).containsExactly(peer(1, 1), peer(2, 1), peer(3, 1));
    }

    private static List<Peer> slowly(CountDownLatch goOn) {
        try {
            if (!goOn.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Never let go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return THREE;
    }
}
