package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;

class UnwrittenTest {
    private static final TimeDuration LONG = TimeDuration.valueOf(60, TimeUnit.SECONDS);
    private static final TimeDuration SHORT = TimeDuration.valueOf(50, TimeUnit.MILLISECONDS);

    private final Unwritten unwritten = new Unwritten(3, 100);

    private void add(int entries, long bytes, TimeDuration patience) throws Exception {
        unwritten.add(entries, bytes, patience);
    }

    private CompletableFuture<Void> adding(int entries, long bytes, TimeDuration patience) {
        CompletableFuture<Void> added = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                add(entries, bytes, patience);
                added.complete(null);
            } catch (Exception e) {
                added.completeExceptionally(e);
            }
        });
        return added;
    }

    @Test
    void refusesMoreEntriesWhereThereIsNoRoom() throws Exception {
        add(2, 10, LONG);
        add(20, 10, SHORT);
        assertThatThrownBy(() -> add(1, 1, SHORT))
                .isInstanceOf(IOException.class)
                .hasMessage("Nothing of the 22 entries, 20 bytes, that wait for the disk was written in 50ms:"
                        + " no more are taken before");
        unwritten.remove(20, 10);
        add(1, 1, SHORT);
    }

    @Test
    void refusesMoreBytesWhereThereIsNoRoom() throws Exception {
        add(1, 1000, SHORT);
        assertThatThrownBy(() -> add(1, 1, SHORT)).isInstanceOf(IOException.class);
        unwritten.remove(1, 1000);
        add(1, 1, SHORT);
    }

    @Test
    void waitsForAsLongAsTheDiskTakesSomething() throws Exception {
        long millis = 6000;
        add(13, 13, LONG);
        CompletableFuture<Void> added = adding(1, 1, TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS));
        for (int written = 0; written < 10; written++) {
            TimeUnit.MILLISECONDS.sleep(millis / 8);
            unwritten.remove(1, 1);
            assertThat(added).isNotDone();
        }
        unwritten.remove(3, 3);
        assertThat(added).succeedsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void letsNobodyWaitAtItsEnd() throws Exception {
        add(3, 3, LONG);
        CompletableFuture<Void> waiting = adding(1, 1, LONG);
        assertThat(waiting).isNotDone();
        unwritten.end();
        assertThat(waiting).failsWithin(30, TimeUnit.SECONDS);
        assertThatThrownBy(() -> add(1, 1, LONG))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("opened again");
        assertThatCode(() -> unwritten.remove(3, 3)).doesNotThrowAnyException();
    }
}
