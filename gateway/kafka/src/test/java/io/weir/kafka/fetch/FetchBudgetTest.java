package io.weir.kafka.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.read.TailReader.Watch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FetchBudgetTest {
    private static final int LIMIT_BYTES = 1 << 20;

    private final FetchBudget budget = new FetchBudget(LIMIT_BYTES);

    private void spend() {
        while (budget.take(LIMIT_BYTES) > 0) {
            assertThat(budget.usedBytes()).isLessThanOrEqualTo(LIMIT_BYTES + FetchBudget.LEAST_BYTES);
        }
    }

    @Test
    void grantsLessAsItFillsAndNothingOnceItIsSpent() {
        assertThat(budget.take(LIMIT_BYTES)).isEqualTo(LIMIT_BYTES / 2);
        assertThat(budget.take(LIMIT_BYTES)).isEqualTo(LIMIT_BYTES / 4);
        spend();
        assertThat(budget.take(1)).isZero();
    }

    @Test
    void isOverdrawnByOneBatchAtMost() {
        int mine = budget.take(1);
        int others = budget.take(1);
        assertThat(budget.extend(mine, 16 << 20)).isTrue();
        assertThat(budget.extend(others, 1)).isFalse();
    }

    @Test
    void aBatchBiggerThanTheWholeBudgetComesThroughWhenNobodyElseHoldsAny() {
        budget.take(LIMIT_BYTES);
        budget.release(budget.usedBytes());
        assertThat(budget.extend(budget.take(LIMIT_BYTES), 16 << 20)).isTrue();
    }

    @Test
    void callsThoseWhoWaitBackOnceThereIsRoom() {
        // Given
        spend();
        AtomicInteger calls = new AtomicInteger();
        budget.await(calls::incrementAndGet);
        Watch givenUp = budget.await(calls::incrementAndGet);
        givenUp.close();
        assertThat(calls).hasValue(0);

        // When
        budget.release(budget.usedBytes() - LIMIT_BYTES);
        assertThat(calls).hasValue(0);
        budget.release(1);

        // Then
        assertThat(calls).hasValue(1);
    }

    @Test
    void callsBackAtOnceWhenThereIsRoomAlready() {
        AtomicInteger calls = new AtomicInteger();
        budget.await(calls::incrementAndGet);
        assertThat(calls).hasValue(1);
    }
}
