package io.weir.gateway.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CatchUpBudgetTest {
    private final List<CompletableFuture<String>> started = new ArrayList<>();

    private CompletableFuture<String> start() {
        CompletableFuture<String> read = new CompletableFuture<>();
        started.add(read);
        return read;
    }

    @Test
    void letsTheReadAboveTheBoundWaitAndRefusesTheOneAboveTheLine() {
        // Given
        CatchUpBudget budget = new CatchUpBudget(1000, 1);
        CompletableFuture<String> first = budget.within(5000, this::start);

        // When
        CompletableFuture<String> second = budget.within(1, this::start);
        CompletableFuture<String> third = budget.within(1, this::start);

        // Then
        assertThat(started).hasSize(1);
        assertThat(budget.waiting()).isEqualTo(1);
        assertThat(ServiceException.of(third.exceptionNow()).code()).isEqualTo(FailureCode.OVERLOADED);

        // And the one in line starts as soon as the other ends, even if it fails
        started.getFirst().completeExceptionally(new IllegalStateException("no"));
        started.getLast().complete("b");
        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompletedWithValue("b");
    }

    @Test
    void startsALongLineWhoseReadsEndAtOnce() {
        // Given
        int waiting = 50_000;
        CatchUpBudget budget = new CatchUpBudget(1000, waiting);
        CompletableFuture<String> first = budget.within(1000, this::start);
        List<CompletableFuture<String>> line = new ArrayList<>();
        for (int i = 0; i < waiting; i++) {
            line.add(budget.within(1000, () -> CompletableFuture.failedFuture(new IllegalStateException("closed"))));
        }

        // When
        started.getFirst().complete("a");

        // Then
        assertThat(first).isCompleted();
        assertThat(line).allSatisfy(read -> assertThat(read).isCompletedExceptionally());
        assertThat(budget.waiting()).isZero();
        var next = budget.within(1000, this::start);
        started.getLast().complete("b");
        assertThat(next).isCompletedWithValue("b");
    }

    private static CompletableFuture<String> withoutAThread() {
        throw new OutOfMemoryError("unable to create native thread: asked for by the test");
    }

    @Test
    void readsForWhichNoThreadCanBeMadeLeaveTheirMemoryToOthers() {
        // Given one that is about to be made, and one in line
        CatchUpBudget budget = new CatchUpBudget(1000, 2);
        assertThatThrownBy(() -> budget.within(1000, CatchUpBudgetTest::withoutAThread))
                .isInstanceOf(OutOfMemoryError.class);
        CompletableFuture<String> first = budget.within(1000, this::start);
        CompletableFuture<String> failing = budget.within(1000, CatchUpBudgetTest::withoutAThread);
        CompletableFuture<String> last = budget.within(1000, this::start);

        // When
        started.getFirst().complete("a");

        // Then
        assertThat(first).isCompletedWithValue("a");
        assertThat(failing).isCompletedExceptionally();
        started.getLast().complete("b");
        assertThat(last).isCompletedWithValue("b");
    }
}
