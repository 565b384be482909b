package io.weir.testsupport.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.testsupport.history.Operation.Send;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecorderTest {
    private static final Partition PARTITION = new Partition("t", 0);
    private static final int MOST_PENDING = 3;
    private static final long MOST_OPERATIONS = 5;

    @TempDir
    Path directory;

    private final AtomicLong clock = new AtomicLong();

    private Path file() {
        return directory.resolve("history");
    }

    private Recorder bounded() throws IOException {
        return new Recorder(file(), clock::incrementAndGet, MOST_PENDING, MOST_OPERATIONS);
    }

    @Test
    void writesEachOperationAsItEnds() throws IOException {
        try (Recorder recorder = new Recorder(file(), clock::incrementAndGet, 10, 100)) {
            recorder.allow(Allowance.TRIMMED, "t");
            Pending<Send> first = recorder.send("p", 1, PARTITION, 101);
            Pending<Send> second = recorder.send("p", 2, PARTITION, 102);
            second.failed();
            first.ok(send -> send.at(7));
            recorder.poll("c")
                    .ok(poll -> poll.returned(
                            new Run.Builder().add(PARTITION, 7, 101).build()));
            recorder.commit("c", "g", Map.of(PARTITION, 8L)).unknown();
            recorder.fetch("c", "g").ok(fetch -> fetch.found(Map.of(PARTITION, 8L)));
            recorder.scan("c", PARTITION).ok(scan -> scan.between(7, 8));
            recorder.seek("c", PARTITION, 7);
            recorder.assigned("c", "g", List.of(PARTITION));
            recorder.revoked("c", List.of(PARTITION));
        }

        History history = History.read(file());

        assertThat(history.allowances()).isEqualTo(Map.of(Allowance.TRIMMED, Set.of("t")));
        assertThat(history.operations())
                .map(HistoryText::line)
                .containsExactly(
                        "send 2 3 failed p 2 t/0 102 -1",
                        "send 1 4 ok p 1 t/0 101 7",
                        "poll 5 6 ok c t/0=7:101",
                        "commit 7 8 unknown c g t/0=8",
                        "fetch 9 10 ok c g t/0=8",
                        "scan 11 12 ok c t/0 7 8",
                        "seek 13 14 ok c t/0 7",
                        "assigned 15 16 ok c g t/0",
                        "revoked 17 18 ok c t/0");
    }

    @Test
    void whatHasNotEndedIsUnknown() throws IOException {
        try (Recorder recorder = bounded()) {
            recorder.send("p", 1, PARTITION, 101);

            assertThat(recorder.history().operations())
                    .map(HistoryText::line)
                    .containsExactly("send 1 1 unknown p 1 t/0 101 -1");
        }

        assertThat(History.read(file()).operations())
                .map(HistoryText::line)
                .containsExactly("send 1 1 unknown p 1 t/0 101 -1");
    }

    @Test
    void aHistoryTakenMeanwhileIsAPartOfTheWhole() throws IOException {
        try (Recorder recorder = bounded()) {
            Pending<Send> send = recorder.send("p", 1, PARTITION, 101);
            recorder.seek("c", PARTITION, 7);
            assertThat(recorder.history().operations()).hasSize(2);

            send.ok(each -> each.at(7));

            assertThat(recorder.history().operations())
                    .map(HistoryText::line)
                    .containsExactly("seek 2 3 ok c t/0 7", "send 1 4 ok p 1 t/0 101 7");
        }
    }

    @Test
    void anOperationEndsOnce() throws IOException {
        Recorder recorder = bounded();
        Pending<Send> send = recorder.send("p", 1, PARTITION, 101);
        send.failed();

        assertThatThrownBy(send::unknown).hasMessageContaining("ended before");
    }

    @Test
    void onlySoManyOperationsMayBeOpen() throws IOException {
        Recorder recorder = bounded();
        for (int i = 0; i < MOST_PENDING; i++) {
            recorder.send("p", i, PARTITION, i);
        }

        assertThatThrownBy(() -> recorder.poll("c")).hasMessageContaining("3 operations have not ended");
    }

    @Test
    void onlySoManyOperationsAreWritten() throws IOException {
        Recorder recorder = bounded();
        for (int i = 0; i < MOST_OPERATIONS; i++) {
            recorder.seek("c", PARTITION, i);
        }

        assertThatThrownBy(() -> recorder.seek("c", PARTITION, 9)).hasMessageContaining("There are 5 operations");
    }

    /** A client's callback may have swallowed it. */
    @Test
    void theFirstFailureIsThrownByAllThatFollowsAndTheFileHasNoEnd() throws IOException {
        Recorder recorder = bounded();
        Pending<Send> send = recorder.send("p", 1, PARTITION, 101);
        send.failed();
        assertThatThrownBy(send::failed).isInstanceOf(IllegalStateException.class);

        assertThatThrownBy(() -> recorder.poll("c")).hasMessageContaining("incomplete");
        assertThatThrownBy(recorder::history).hasMessageContaining("incomplete");
        assertThatThrownBy(recorder::close).hasMessageContaining("incomplete");
        assertThatThrownBy(() -> History.read(file())).hasMessageContaining("cut off");
    }

    @Test
    void nothingIsWrittenBehindTheEnd() throws IOException {
        Recorder recorder = bounded();
        Pending<Send> send = recorder.send("p", 1, PARTITION, 101);
        recorder.close();
        recorder.close();

        assertThatThrownBy(send::failed).hasMessageContaining("closed");
        assertThat(History.read(file()).operations()).hasSize(1);
    }

    @Test
    void manyThreadsWriteOneHistory() throws Exception {
        int threads = 8;
        int each = 500;
        CountDownLatch begin = new CountDownLatch(threads);
        try (Recorder recorder = new Recorder(file());
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int number = thread;
                running.add(executor.submit(() -> {
                    begin.countDown();
                    begin.await();
                    for (int i = 0; i < each; i++) {
                        long value = (long) number * each + i;
                        recorder.send("p" + number, i, new Partition("t", number), value)
                                .ok(send -> send.at(value));
                    }
                    return null;
                }));
            }
            for (Future<?> future : running) {
                future.get();
            }
        }

        Verdict verdict = HistoryCheck.of(History.read(file()));

        assertThat(verdict.anomalies()).isEmpty();
        assertThat(verdict.acknowledged()).isEqualTo((long) threads * each);
    }
}
