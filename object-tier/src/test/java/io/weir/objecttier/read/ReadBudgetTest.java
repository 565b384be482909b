package io.weir.objecttier.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReadBudgetTest {
    private final List<CompletableFuture<String>> started = new ArrayList<>();

    private CompletableFuture<String> start() {
        CompletableFuture<String> read = new CompletableFuture<>();
        started.add(read);
        return read;
    }

    @Test
    void letsTheReadAboveTheBoundWaitAndRefusesTheOneAboveTheLine() {
        // Given a budget of two reads with room for one in line
        ReadBudget budget = new ReadBudget(2, 1000, 1);
        CompletableFuture<String> first = budget.run(1, this::start);
        CompletableFuture<String> second = budget.run(1, this::start);

        // When one more comes, and another
        CompletableFuture<String> third = budget.run(1, this::start);
        CompletableFuture<String> fourth = budget.run(1, this::start);

        // Then
        assertThat(started).hasSize(2);
        assertThat(budget.waiting()).isEqualTo(1);
        assertThat(fourth).isCompletedExceptionally();
        assertThat(ServiceException.of(fourth.exceptionNow()).code()).isEqualTo(FailureCode.OVERLOADED);

        // And the one in line starts as soon as another ends, even if it fails
        started.getFirst().completeExceptionally(new IllegalStateException("no"));
        assertThat(first).isCompletedExceptionally();
        assertThat(started).hasSize(3);
        started.get(1).complete("b");
        started.get(2).complete("c");
        assertThat(second).isCompletedWithValue("b");
        assertThat(third).isCompletedWithValue("c");
    }

    @Test
    void boundsBytesAndMakesABiggerReadAlone() {
        ReadBudget budget = new ReadBudget(10, 1000, 10);
        var huge = budget.run(5000, this::start);
        var small = budget.run(1, this::start);
        assertThat(started).hasSize(1);

        started.getFirst().complete("huge");
        assertThat(huge).isCompleted();
        assertThat(started).hasSize(2);
        var exact = budget.run(999, this::start);
        var over = budget.run(1, this::start);
        assertThat(started).hasSize(3);
        started.get(1).complete("small");
        assertThat(started).hasSize(4);
        assertThat(List.of(small.isDone(), exact.isDone(), over.isDone())).containsExactly(true, false, false);
    }

    @Test
    void startsALongLineWhoseReadsEndAtOnce() {
        // Given
        int waiting = 50_000;
        ReadBudget budget = new ReadBudget(1, 1000, waiting);
        CompletableFuture<String> first = budget.run(1, this::start);
        List<CompletableFuture<String>> line = new ArrayList<>();
        for (int i = 0; i < waiting; i++) {
            line.add(budget.run(1, () -> CompletableFuture.failedFuture(new IllegalStateException("closed"))));
        }

        // When
        started.getFirst().complete("a");

        // Then
        assertThat(first).isCompleted();
        assertThat(line).allSatisfy(read -> assertThat(read).isCompletedExceptionally());
        assertThat(budget.waiting()).isZero();
        var next = budget.run(1000, this::start);
        started.getLast().complete("b");
        assertThat(next).isCompletedWithValue("b");
    }

    private static CompletableFuture<String> withoutAThread() {
        throw new OutOfMemoryError("unable to create native thread: asked for by the test");
    }

    @Test
    void readsForWhichNoThreadCanBeMadeFailAndLeaveRoomForOthers() {
        // Given
        ReadBudget budget = new ReadBudget(2, 1000, 10);

        // When
        for (int i = 0; i < 3; i++) {
            CompletableFuture<String> failed = budget.run(1000, ReadBudgetTest::withoutAThread);

            // Then
            assertThat(failed).isCompletedExceptionally();
        }
        CompletableFuture<String> next = budget.run(1000, this::start);
        started.getFirst().complete("a");
        assertThat(next).isCompletedWithValue("a");
    }

    @Test
    void readInLineForWhichNoThreadCanBeMadeFailsAndTheNextIsStarted() {
        // Given
        ReadBudget budget = new ReadBudget(1, 1000, 10);
        CompletableFuture<String> first = budget.run(1, this::start);
        CompletableFuture<String> failing = budget.run(1, ReadBudgetTest::withoutAThread);
        CompletableFuture<String> last = budget.run(1, this::start);

        // When
        started.getFirst().complete("a");

        // Then
        assertThat(first).isCompletedWithValue("a");
        assertThat(failing).isCompletedExceptionally();
        started.getLast().complete("b");
        assertThat(last).isCompletedWithValue("b");
        assertThat(budget.waiting()).isZero();
    }
}
