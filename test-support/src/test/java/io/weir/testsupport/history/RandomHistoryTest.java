package io.weir.testsupport.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a correct cluster answers is not accused; whatever is changed in that, is. */
class RandomHistoryTest {
    private static final int SEEDS = 60;

    static Stream<Arguments> clusters() {
        Set<Allowance> none = EnumSet.noneOf(Allowance.class);
        Stream<Set<Allowance>> alone = Stream.of(
                EnumSet.of(Allowance.MARKERS),
                EnumSet.of(Allowance.COMPACTED),
                EnumSet.of(Allowance.TRIMMED),
                EnumSet.of(Allowance.REPEATS, Allowance.REORDERS),
                EnumSet.of(Allowance.REORDERS),
                EnumSet.of(Allowance.FROM_LATEST));
        Stream<Set<Allowance>> together = Stream.of(
                EnumSet.of(Allowance.MARKERS, Allowance.TRIMMED),
                EnumSet.of(Allowance.TRIMMED, Allowance.FROM_LATEST),
                EnumSet.allOf(Allowance.class));
        return Stream.of(Stream.of(none), alone, together)
                .flatMap(each -> each)
                .map(each -> Arguments.of(named(each.toString(), each)));
    }

    @ParameterizedTest
    @MethodSource("clusters")
    void accusesNoCorrectCluster(Set<Allowance> allowances) {
        for (long seed = 0; seed < SEEDS; seed++) {
            Verdict verdict = HistoryCheck.of(new ModelCluster(seed, allowances).run());

            assertThat(verdict.anomalies()).as("seed %s: %s", seed, verdict).isEmpty();
            assertThat(verdict.acknowledged()).isPositive();
            boolean mayBeGone = allowances.contains(Allowance.TRIMMED) || allowances.contains(Allowance.COMPACTED);
            if (!mayBeGone) {
                assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Defect.class)
    void accusesEveryDefect(Defect defect) {
        for (long seed = 0; seed < SEEDS; seed++) {
            History correct = new ModelCluster(seed, Set.of()).run();
            Defect.Broken broken = defect.in(correct, new Random(seed));

            Verdict verdict = HistoryCheck.of(broken.history());

            assertThat(verdict.anomalies())
                    .as("seed %s, %s: %s", seed, broken.mention(), verdict)
                    .anySatisfy(each -> {
                        assertThat(each).isInstanceOf(defect.anomaly());
                        assertThat(each.message()).contains(broken.mention());
                    });
        }
    }

    @ParameterizedTest
    @EnumSource(Defect.class)
    void leavesTheCorrectPartOfADefectiveHistoryAlone(Defect defect) {
        List<Class<?>> expected = Stream.concat(Stream.<Class<?>>of(defect.anomaly()), defect.alsoSeen().stream())
                .toList();
        for (long seed = 0; seed < SEEDS; seed++) {
            Defect.Broken broken = defect.in(new ModelCluster(seed, Set.of()).run(), new Random(seed));

            Verdict verdict = HistoryCheck.of(broken.history());

            assertThat(verdict.anomalies())
                    .as("seed %s: %s", seed, verdict)
                    .allSatisfy(each -> assertThat(expected).contains(each.getClass()));
        }
    }
}
