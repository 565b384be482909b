package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallbacksTest {
    @Test
    void runsByWhoeverHandsItOverWhereNoThreadCanBeMade() {
        List<Thread> ran = new ArrayList<>();
        Callbacks callbacks = new Callbacks(work -> {
            throw new OutOfMemoryError("unable to create native thread: asked for by the test");
        });

        callbacks.execute(() -> ran.add(Thread.currentThread()));

        assertThat(ran).containsExactly(Thread.currentThread());
    }

    @Test
    void runsOnAnotherThreadOtherwise() throws Exception {
        CompletableFuture<Thread> ran = new CompletableFuture<>();

        Callbacks.all().execute(() -> ran.complete(Thread.currentThread()));

        assertThat(ran.get(60, TimeUnit.SECONDS)).isNotEqualTo(Thread.currentThread());
    }
}
