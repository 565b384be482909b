package io.weir.wal.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.ConsensusGroup;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BarrierTest {
    /** What the group does when it is asked, one after the other. */
    private final Queue<Supplier<CompletableFuture<Void>>> asked = new ArrayDeque<>();

    private final Barrier barrier = new Barrier((ConsensusGroup) Proxy.newProxyInstance(
            BarrierTest.class.getClassLoader(), new Class<?>[] {ConsensusGroup.class}, (proxy, method, arguments) -> {
                if (!method.getName().equals("barrier")) {
                    throw new UnsupportedOperationException(method.getName());
                }
                return asked.remove().get();
            }));

    private static CompletableFuture<Void> withoutAThread() {
        throw new OutOfMemoryError("unable to create native thread: asked for by the test");
    }

    @Test
    void aConfirmationForWhichNoThreadCanBeMadeFailsAndTheNextIsAskedFor() {
        // Given
        asked.add(BarrierTest::withoutAThread);
        asked.add(() -> CompletableFuture.completedFuture(null));

        // When
        CompletableFuture<Void> failed = barrier.pass();
        CompletableFuture<Void> next = barrier.pass();

        // Then
        assertThat(failed).isCompletedExceptionally();
        assertThat(next).isCompleted();
    }

    @Test
    void theSameOfOneThatWaitedForAnother() {
        // Given
        CompletableFuture<Void> first = new CompletableFuture<>();
        asked.add(() -> first);
        asked.add(BarrierTest::withoutAThread);
        asked.add(() -> CompletableFuture.completedFuture(null));
        CompletableFuture<Void> running = barrier.pass();
        CompletableFuture<Void> waiting = barrier.pass();

        // When
        first.complete(null);

        // Then
        assertThat(running).isCompleted();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(barrier.pass()).isCompleted();
    }
}
