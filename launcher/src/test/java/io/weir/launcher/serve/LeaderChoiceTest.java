package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeaderChoiceTest {
    private static List<PeerId> peers(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(node -> new PeerId(new NodeId(node), 1))
                .toList();
    }

    /** How many of the shards each peer leads that leads any. */
    private static Collection<Long> loads(int shards, int peers, int without) {
        Map<PeerId, Long> loads = IntStream.range(0, shards)
                .mapToObj(shard -> LeaderChoice.preferred(
                        shard, peers(peers), peer -> peer.node().value() != without))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return loads.values();
    }

    @Test
    void spreadsShardsEvenlyHoweverManyThereAre() {
        for (int peers = 1; peers <= 7; peers++) {
            for (int shards = peers; shards <= 64; shards++) {
                Collection<Long> loads = loads(shards, peers, 0);
                assertThat(loads).as("%s shards on %s", shards, peers).hasSize(peers);
                assertThat(Collections.max(loads) - Collections.min(loads)).isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void spreadsWhatANodeThatMayNotLeadGivesUpOverAllOthers() {
        for (int without = 1; without <= 3; without++) {
            assertThat(loads(6, 3, without)).containsExactly(3L, 3L);
        }
        for (int without = 1; without <= 5; without++) {
            assertThat(loads(20, 5, without)).containsExactly(5L, 5L, 5L, 5L);
        }
    }

    @Test
    void isTheSameInWhateverOrderThePeersCome() {
        for (int shard = 0; shard < 20; shard++) {
            assertThat(LeaderChoice.order(shard, peers(5).reversed()))
                    .isEqualTo(LeaderChoice.order(shard, peers(5)))
                    .containsExactlyInAnyOrderElementsOf(peers(5));
        }
    }

    @Test
    void staysWithTheFirstWhenNobodyMayLead() {
        assertThat(LeaderChoice.preferred(1, peers(3), peer -> false)).isEqualTo(peers(3).get(1));
    }
}
