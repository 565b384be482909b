package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UnwrittenTest {
    private static final long LONG_MILLIS = 60_000;
    private static final long SHORT_MILLIS = 50;

    private final Unwritten unwritten = new Unwritten(3, 100);

    private void add(int entries, long bytes, long patienceMillis) throws Exception {
        unwritten.add(entries, bytes, patienceMillis, TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<Void> adding(int entries, long bytes, long patienceMillis) {
        CompletableFuture<Void> added = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                add(entries, bytes, patienceMillis);
                added.complete(null);
            } catch (Exception e) {
                added.completeExceptionally(e);
            }
        });
        return added;
    }

    @Test
    void refusesMoreEntriesWhereThereIsNoRoom() throws Exception {
        add(2, 10, LONG_MILLIS);
        add(20, 10, SHORT_MILLIS);
        assertThatThrownBy(() -> add(1, 1, SHORT_MILLIS))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "Nothing of the 22 entries, 20 bytes, that wait for the disk was written in 50 MILLISECONDS:"
                                + " no more are taken before");
        unwritten.remove(20, 10);
        add(1, 1, SHORT_MILLIS);
    }

    @Test
    void refusesMoreBytesWhereThereIsNoRoom() throws Exception {
        add(1, 1000, SHORT_MILLIS);
        assertThatThrownBy(() -> add(1, 1, SHORT_MILLIS)).isInstanceOf(IOException.class);
        unwritten.remove(1, 1000);
        add(1, 1, SHORT_MILLIS);
    }

    @Test
    void waitsForAsLongAsTheDiskTakesSomething() throws Exception {
        long patience = 2000;
        add(13, 13, LONG_MILLIS);
        CompletableFuture<Void> added = adding(1, 1, patience);
        for (int written = 0; written < 10; written++) {
            TimeUnit.MILLISECONDS.sleep(patience / 8);
            unwritten.remove(1, 1);
            assertThat(added).isNotDone();
        }
        unwritten.remove(3, 3);
        assertThat(added).succeedsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void letsNobodyWaitAtItsEnd() throws Exception {
        add(3, 3, LONG_MILLIS);
        CompletableFuture<Void> waiting = adding(1, 1, LONG_MILLIS);
        assertThat(waiting).isNotDone();
        unwritten.end();
        assertThat(waiting).failsWithin(30, TimeUnit.SECONDS);
        assertThatThrownBy(() -> add(1, 1, LONG_MILLIS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("opened again");
        assertThatCode(() -> unwritten.remove(3, 3)).doesNotThrowAnyException();
    }
}
