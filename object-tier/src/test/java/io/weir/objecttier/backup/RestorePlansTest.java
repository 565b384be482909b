package io.weir.objecttier.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.testsupport.object.MemoryObjectStore;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestorePlansTest {
    private static final Restoration FIRST = new Restoration(1);
    private static final String FOUNDERS = "1=127.0.0.1:7001,2=127.0.0.1:7002,3=127.0.0.1:7003";
    private static final NodeId NODE = new NodeId(2);
    private static final int MUTATIONS = 2_000;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final RestorePlans plans = new RestorePlans(store);

    private static RestorePlan plan(Restoration restoration, String founders) {
        return new RestorePlan(
                restoration,
                founders,
                List.of(
                        new RestorePlan.Group("wal-0", Optional.empty(), "0".repeat(64)),
                        new RestorePlan.Group("metadata", Optional.of(new LogPosition(3, 77)), "ab".repeat(32))));
    }

    @Test
    void whatOneNodeBeginsWithIsReadByTheOthers() {
        assertThat(plans.newest()).isEmpty();

        assertThat(plans.begin(plan(FIRST, FOUNDERS))).isTrue();

        assertThat(plans.newest()).contains(FIRST);
        RestorePlan read = plans.read(FIRST);
        assertThat(read).isEqualTo(plan(FIRST, FOUNDERS));
        assertThat(read.group("metadata").orElseThrow().copied()).contains(new LogPosition(3, 77));
        assertThat(read.group("cursors")).isEmpty();
    }

    @Test
    void oneRestoreOfANumberIsBegun() {
        assertThat(plans.begin(plan(FIRST, FOUNDERS))).isTrue();

        assertThat(plans.begin(plan(FIRST, ""))).isFalse();

        assertThat(plans.read(FIRST).founders()).isEqualTo(FOUNDERS);
        // An answer that got lost: the request is repeated.
        assertThat(plans.begin(plan(FIRST, FOUNDERS))).isTrue();
    }

    @Test
    void theNewestHasTheGreatestNumber() {
        Restoration restoration = FIRST;
        for (int i = 0; i < 17; i++) {
            plans.begin(plan(restoration, FOUNDERS));
            assertThat(plans.takePlace(restoration, NODE, "attempt")).isTrue();
            assertThat(plans.newest()).contains(restoration);
            restoration = restoration.next();
        }
    }

    @Test
    void aNodeTakesItsPlaceOnce() {
        assertThat(plans.takePlace(FIRST, NODE, "one")).isTrue();

        assertThat(plans.takePlace(FIRST, NODE, "one")).isTrue();
        assertThat(plans.takePlace(FIRST, NODE, "two")).isFalse();
        assertThat(plans.takePlace(FIRST, new NodeId(3), "two")).isTrue();
        assertThat(plans.takePlace(FIRST.next(), NODE, "two")).isTrue();
    }

    @Test
    void refusesAPlanBeyondTheBound() {
        int frame = plan(FIRST, "").encode().length;

        assertThat(plans.begin(plan(FIRST, "x".repeat(RestorePlans.MOST_BYTES - frame))))
                .isTrue();
        assertThatThrownBy(() -> plans.begin(plan(FIRST.next(), "x".repeat(RestorePlans.MOST_BYTES - frame + 1))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void refused(byte[] bytes, String what) {
        store.overwrite(RestorePlan.key(FIRST), bytes);
        assertThatThrownBy(() -> plans.read(FIRST))
                .as(what)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT));
    }

    @Test
    void refusesEveryTruncationAndOneThatIsTooLong() {
        plans.begin(plan(FIRST, FOUNDERS));
        byte[] bytes = store.bytes(RestorePlan.key(FIRST));

        for (int length = 0; length < bytes.length; length++) {
            refused(Arrays.copyOf(bytes, length), length + " bytes");
        }
        refused(new byte[RestorePlans.MOST_BYTES + 1], "beyond the bound");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void refusesEveryMutation(long seed) {
        plans.begin(plan(FIRST, FOUNDERS));
        byte[] bytes = store.bytes(RestorePlan.key(FIRST));
        Random random = new Random(seed);

        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = bytes.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 + random.nextInt(255));
            refused(mutated, "seed " + seed + ", round " + round);
        }
    }
}
