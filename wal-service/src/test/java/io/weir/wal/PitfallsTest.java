package io.weir.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.segment.SegmentView;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How systems like this one lost data: see "Where systems like ours lost data" in the design notes. */
class PitfallsTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final CollectingWriter writer = new CollectingWriter();
    private final StreamLocation stream =
            metadata.create("orders", 1).location(0).orElseThrow();
    private WalService wal = open();

    private WalService open() {
        WalConfig config = WalConfig.standard()
                .withFlush(1 << 30, Duration.ofHours(1), Duration.ofHours(1))
                .withDisk(64 << 20, 1 << 20);
        WalService opened = new WalService(config, consensus, metadata, writer, new SimpleMeterRegistry());
        Await.until("the shard leads", LIMIT, opened::isReady);
        return opened;
    }

    private void crashAndRestart() {
        consensus.crash(0);
        wal.close();
        wal = open();
    }

    @AfterEach
    void close() {
        wal.close();
        consensus.close();
    }

    @Test
    void acknowledgedBatchesSurviveACrashBeforeTheFlush() {
        append(3);

        crashAndRestart();

        assertReadable(0, 3);
    }

    @Test
    void acknowledgedBatchesSurviveACrashWhileTheSegmentIsWritten() throws Exception {
        append(3);
        CountDownLatch writing = writer.hangNext();
        wal.flushSoon();
        writing.await();

        crashAndRestart();

        assertReadable(0, 3);
        assertThat(view().segments()).isEmpty();
        flush(1);
        assertThat(writer.marks(stream.stream())).containsExactly(0L, 1L, 2L);
    }

    @Test
    void acknowledgedBatchesSurviveACrashBetweenTheSegmentAndItsCommit() {
        // Given: a segment that exists, and a commit that is lost with the process
        append(3);
        consensus.group("wal-0").refuseNext(1, FailureCode.STORAGE_FULL);
        wal.flushSoon();
        Await.until(
                "the segment is written",
                LIMIT,
                () -> writer.marks(stream.stream()).size() == 3);

        // When
        crashAndRestart();

        // Then: nothing refers to it, unless its commit was tried again before the crash
        int before = view().segments().size();
        if (before == 0) {
            assertReadable(0, 3);
            flush(1);
        }
        assertInSegments(0);
    }

    @Test
    void acknowledgedBatchesSurviveACrashBetweenTheCommitAndTheTrim() {
        append(3);
        flush(1);
        append(2);

        crashAndRestart();

        assertInSegments(2);
        assertReadable(3, 5);
        assertThat(wal.trim(stream, 4).join()).contains(4L);
    }

    @Test
    void aTrimSurvivesACrashAndClipsWhatIsFlushedLater() {
        append(3);
        assertThat(wal.trim(stream, 2).join()).contains(2L);

        crashAndRestart();

        assertThat(wal.bounds(stream)).contains(new StreamBounds(2, 3, 3));
        flush(1);
        assertThat(writer.marks(stream.stream())).containsExactly(2L);
    }

    @Test
    void aTrimBeyondTheFlushLeavesNoGapInWhatIsLive() {
        append(2);
        flush(1);
        append(3);
        assertThat(wal.trim(stream, 4).join()).contains(4L);

        flush(2);

        assertThat(wal.bounds(stream)).contains(new StreamBounds(4, 5, 5));
        assertThat(wal.shardSegments()
                        .getFirst()
                        .flushedRange(stream.stream())
                        .orElseThrow()
                        .from())
                .isEqualTo(4);
        assertThat(writer.marks(stream.stream())).containsExactly(0L, 1L, 4L);
    }

    @Test
    void replayGivesTheLiveState() {
        append(4);
        flush(1);
        append(2);
        assertThat(wal.trim(stream, 1).join()).contains(1L);
        SegmentView before = view();
        long live = wal.stateHash(0);

        crashAndRestart();

        assertThat(view()).isEqualTo(before);
        assertThat(wal.stateHash(0)).isEqualTo(live);
    }

    private SegmentView view() {
        return wal.shardSegments().getFirst().view();
    }

    private void append(int batches) {
        long from = wal.bounds(stream).map(StreamBounds::end).orElse(0L);
        for (long i = from; i < from + batches; i++) {
            assertThat(wal.append(stream, Batches.plain(1, 100, i)))
                    .succeedsWithin(LIMIT)
                    .isEqualTo(new AppendResult.Committed(
                            i, wal.bounds(stream).orElseThrow().logStart()));
        }
    }

    private void flush(int segments) {
        wal.flushSoon();
        Await.until("a segment is committed", LIMIT, () -> view().segments().size() == segments);
    }

    private void assertReadable(long from, long to) {
        for (long offset = from; offset < to; offset++) {
            TailRead read = wal.read(stream, offset, 1).join();
            assertThat(read).isInstanceOf(TailRead.Batches.class);
            List<StoredBatches> batches = ((TailRead.Batches) read).batches();
            assertThat(Batches.mark(((StoredBatches.Raw) batches.getFirst()).batch()))
                    .isEqualTo(offset);
        }
    }

    private void assertInSegments(long offset) {
        assertThat(wal.shardSegments()
                        .getFirst()
                        .flushedRange(stream.stream())
                        .orElseThrow()
                        .contains(offset))
                .isTrue();
        assertThat(writer.marks(stream.stream())).contains(offset);
    }
}
