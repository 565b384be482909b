package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.wal.entry.Command.StreamSpan;
import io.weir.wal.entry.StreamRange;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenRangesTest {
    @Test
    void neighboursBecomeOneRange() {
        OpenRanges open = OpenRanges.NONE;
        for (int i = 0; i < 1000; i++) {
            open = open.plus(List.of(new StreamRange(i * 10L, 10, 0, TenantId.DEFAULT)));
        }

        assertThat(open.ranges()).containsExactly(new StreamRange(0, 10_000, 0, TenantId.DEFAULT));
    }

    @Test
    void incarnationsStayApart() {
        OpenRanges open = OpenRanges.NONE.plus(
                List.of(new StreamRange(0, 5, 0, TenantId.DEFAULT), new StreamRange(5, 5, 1, TenantId.DEFAULT)));

        assertThat(open.ranges()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void agreesWithASetOfStreams(long seed) {
        Random random = new Random(seed);
        Map<Long, Integer> model = new TreeMap<>();
        OpenRanges open = OpenRanges.NONE;
        for (int round = 0; round < 500; round++) {
            long first = random.nextInt(60);
            long count = 1L + random.nextInt(20);
            if (random.nextBoolean()) {
                int incarnation = random.nextInt(2);
                open = open.plus(List.of(new StreamRange(first, count, incarnation, TenantId.DEFAULT)));
                for (long id = first; id < first + count; id++) {
                    model.putIfAbsent(id, incarnation);
                }
            } else {
                open = open.minus(List.of(new StreamSpan(first, count)));
                for (long id = first; id < first + count; id++) {
                    model.remove(id);
                }
            }
            for (long id = 0; id < 90; id++) {
                StreamRange range = open.find(id);
                assertThat(range == null ? null : range.incarnation())
                        .as("seed %d round %d stream %d", seed, round, id)
                        .isEqualTo(model.get(id));
            }
        }
    }
}
