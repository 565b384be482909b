package io.weir.gateway.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionBudgetTest {
    private final AdmissionBudget budget = new AdmissionBudget(1000);

    @Test
    void isUsedUpAtItsLimitAndNotBefore() {
        budget.take(999);
        assertThat(budget.exhausted()).isFalse();
        budget.take(1);
        assertThat(budget.exhausted()).isTrue();
    }

    @Test
    void callsThoseWhoWaitBackOnceItIsBelowItsLimit() {
        // Given
        AtomicInteger calls = new AtomicInteger();
        budget.take(1001);
        budget.await(calls::incrementAndGet);
        budget.await(calls::incrementAndGet);

        // When
        budget.release(1);
        assertThat(calls).hasValue(0);
        budget.release(1);

        // Then
        assertThat(calls).hasValue(2);
    }

    @Test
    void callsBackAtOnceWhenThereIsRoomAlready() {
        AtomicInteger calls = new AtomicInteger();
        budget.await(calls::incrementAndGet);
        assertThat(calls).hasValue(1);
    }

    @Test
    void holdsOnToNobodyWhoHasGone() {
        // Given
        AtomicInteger calls = new AtomicInteger();
        Runnable gone = calls::incrementAndGet;
        budget.take(1000);
        budget.await(gone);
        budget.await(() -> calls.addAndGet(10));
        assertThat(budget.waiting()).isEqualTo(2);

        // When
        budget.forget(gone);

        // Then
        assertThat(budget.waiting()).isEqualTo(1);
        budget.release(1);
        assertThat(calls).hasValue(10);
        assertThat(budget.waiting()).isZero();
    }

    @Test
    void knowsWhetherAnAnswerWillFreeAny() {
        budget.take(1001);
        assertThat(budget.heldByUnfinishedFrames()).isTrue();
        budget.answering(600);
        assertThat(budget.heldByUnfinishedFrames()).isFalse();
        budget.answered(600);
        assertThat(budget.usedBytes()).isEqualTo(401);
        assertThat(budget.heldByUnfinishedFrames()).isFalse();
    }
}
