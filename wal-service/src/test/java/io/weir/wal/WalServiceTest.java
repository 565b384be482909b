package io.weir.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.usage.IngressUsage;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WalServiceTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final CollectingWriter writer = new CollectingWriter();
    private final Topic topic = metadata.create("orders", 3);
    private final StreamLocation stream = topic.location(0).orElseThrow();
    private WalConfig config = WalConfig.standard()
            .withFlush(64 << 10, Duration.ofMinutes(1), Duration.ofMinutes(1))
            .withDisk(64 << 20, 1 << 20);
    private WalService wal = open();

    private WalService open() {
        WalService opened = new WalService(config, consensus, metadata, writer, new SimpleMeterRegistry());
        Await.until("the shard leads", LIMIT, opened::isReady);
        return opened;
    }

    private void reopen(WalConfig changed) {
        config = changed;
        wal.close();
        consensus.crash(Integer.MAX_VALUE);
        wal = open();
    }

    @AfterEach
    void close() {
        wal.close();
        consensus.close();
    }

    @Test
    void endsTheThreadsOfItsShardsWhenOneCannotBeOpened() {
        // Given
        wal.close();
        consensus.crash(Integer.MAX_VALUE);
        config = config.withShards(2);
        var taken = consensus.open("wal-1", new JournalState());

        // When
        assertThatThrownBy(this::open).hasMessageContaining("wal-1 is open already");

        // Then
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("wal-0-append");
        taken.close();
    }

    @Test
    void whatIsAppendedCanBeRead() {
        assertThat(append(stream, Batches.plain(3, 10, 1))).isEqualTo(new AppendResult.Committed(0, 0));
        assertThat(append(stream, Batches.plain(2, 10, 2))).isEqualTo(new AppendResult.Committed(3, 0));

        assertThat(marks(read(stream, 0, 10_000))).containsExactly(1L, 2L);
        assertThat(marks(read(stream, 4, 10_000))).containsExactly(2L);
        assertThat(read(stream, 5, 10_000)).isEqualTo(new TailRead.Batches(new StreamBounds(0, 5, 5), List.of()));
        assertThat(read(stream, 6, 10_000)).isInstanceOf(TailRead.OutOfRange.class);
        assertThat(wal.bounds(stream)).contains(new StreamBounds(0, 5, 5));
        assertThat(wal.confirmedBounds(stream).join()).contains(new StreamBounds(0, 5, 5));
    }

    @Test
    void theFirstBatchComesWholeAndOthersOnlyWhileTheyFit() {
        for (int i = 0; i < 4; i++) {
            append(stream, Batches.plain(1, 39, i));
        }

        assertThat(marks(read(stream, 0, 1))).containsExactly(0L);
        assertThat(marks(read(stream, 0, 299))).containsExactly(0L, 1L);
        assertThat(marks(read(stream, 0, 300))).containsExactly(0L, 1L, 2L);
    }

    @Test
    void anAppendWaitsForItsStreamToBeOpened() {
        Topic created = metadata.create("late", 1);

        assertThat(append(created.location(0).orElseThrow(), Batches.plain(1, 10, 1)))
                .isEqualTo(new AppendResult.Committed(0, 0));
    }

    @Test
    void anAppendToAStreamThatNobodyKnowsIsRefused() {
        StreamLocation unknown = new StreamLocation(new StreamId(999), new ShardId(0), new Epoch(0));

        assertThat(append(unknown, Batches.plain(1, 10, 1)))
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.UNKNOWN_STREAM));
        assertThat(wal.bounds(unknown)).isEmpty();
        assertThat(read(unknown, 0, 1)).isInstanceOf(TailRead.NotHere.class);
    }

    @Test
    void anotherShardIsElsewhere() {
        StreamLocation elsewhere = new StreamLocation(new StreamId(1), new ShardId(1), new Epoch(0));

        assertThat(append(elsewhere, Batches.plain(1, 10, 1))).isInstanceOf(AppendResult.Moved.class);
        assertThat(read(elsewhere, 0, 1)).isInstanceOf(TailRead.NotHere.class);
        assertThat(wal.confirmedBounds(elsewhere).join()).isEmpty();
        assertThat(wal.trim(elsewhere, 0).join()).isEmpty();
    }

    @Test
    void anotherIncarnationIsSentAway() {
        StreamLocation older = new StreamLocation(stream.stream(), stream.shard(), new Epoch(7));
        append(stream, Batches.plain(1, 10, 1));

        assertThat(append(older, Batches.plain(1, 10, 1))).isInstanceOf(AppendResult.Moved.class);
        assertThat(read(older, 0, 1)).isInstanceOf(TailRead.NotHere.class);
    }

    @Test
    void aRepeatedBatchIsADuplicate() {
        RecordBatch batch = Batches.batch(5, (short) 0, 0, 2, 10, 1);

        assertThat(append(stream, batch)).isEqualTo(new AppendResult.Committed(0, 0));
        assertThat(append(stream, batch)).isEqualTo(new AppendResult.Duplicate(0, 0));
        assertThat(wal.ingressUsage()).containsExactly(new IngressUsage(TenantId.DEFAULT, 1, 2, batch.sizeBytes()));
    }

    @Test
    void manyAppendsAtOnceKeepTheirOrder() {
        List<CompletableFuture<AppendResult>> futures = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            futures.add(wal.append(stream, Batches.batch(5, (short) 0, i, 1, 100, i)));
        }

        for (int i = 0; i < 5_000; i++) {
            assertThat(get(futures.get(i))).isEqualTo(new AppendResult.Committed(i, 0));
        }
    }

    @Test
    void appendsAfterALeadershipChangeGoOn() {
        append(stream, Batches.plain(1, 10, 1));

        consensus.group("wal-0").changeTerm();
        Await.until("the shard leads", LIMIT, wal::isReady);

        assertThat(append(stream, Batches.plain(1, 10, 2))).isEqualTo(new AppendResult.Committed(1, 0));
    }

    @Test
    void anEntryWhoseAnswerWasLostIsFoundAgain() {
        append(stream, Batches.plain(1, 10, 1));
        consensus.group("wal-0").loseNext(1, SimulatedGroup.Fate.APPLIED);

        assertThat(append(stream, Batches.plain(1, 10, 2))).isEqualTo(new AppendResult.Committed(1, 0));
        assertThat(append(stream, Batches.plain(1, 10, 3))).isEqualTo(new AppendResult.Committed(2, 0));
    }

    @Test
    void anEntryThatWasLostIsSubmittedAgain() {
        append(stream, Batches.plain(1, 10, 1));
        consensus.group("wal-0").loseNext(1, SimulatedGroup.Fate.DROPPED);

        assertThat(append(stream, Batches.plain(1, 10, 2))).isEqualTo(new AppendResult.Committed(1, 0));
        assertThat(append(stream, Batches.plain(1, 10, 3))).isEqualTo(new AppendResult.Committed(2, 0));
    }

    @Test
    void aWatcherIsCalledOnceTheStreamGrows() throws Exception {
        append(stream, Batches.plain(1, 10, 1));
        CompletableFuture<Void> called = new CompletableFuture<>();
        AtomicInteger calls = new AtomicInteger();

        var watch = wal.watch(stream, 1, () -> {
            calls.incrementAndGet();
            called.complete(null);
        });
        append(topic.location(1).orElseThrow(), Batches.plain(1, 10, 1));
        assertThat(called).isNotDone();
        append(stream, Batches.plain(1, 10, 1));
        called.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        append(stream, Batches.plain(1, 10, 1));
        watch.close();

        assertThat(calls).hasValue(1);
    }

    @Test
    void aWatcherOutlivesTheLeaderAndIsCalledWhenTheServiceCloses() {
        append(stream, Batches.plain(1, 10, 1));
        CompletableFuture<Void> grown = new CompletableFuture<>();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        wal.watch(stream, 1, () -> grown.complete(null));
        wal.watch(stream, 2, () -> closed.complete(null));

        consensus.group("wal-0").changeTerm();
        assertThat(grown).isNotDone();
        append(stream, Batches.plain(1, 10, 1));
        assertThat(grown).succeedsWithin(LIMIT);
        assertThat(closed).isNotDone();
        wal.close();

        assertThat(closed).succeedsWithin(LIMIT);
        AtomicInteger calls = new AtomicInteger();
        wal.watch(stream, 2, calls::incrementAndGet).close();
        assertThat(calls).hasValue(1);
    }

    @Test
    void aWatchOfAnEndThatIsAlreadyReachedIsCalledAtOnce() {
        append(stream, Batches.plain(2, 10, 1));
        AtomicInteger calls = new AtomicInteger();

        wal.watch(stream, 1, calls::incrementAndGet).close();

        assertThat(calls).hasValue(1);
    }

    @Test
    void aClosedWatchIsNotCalled() {
        append(stream, Batches.plain(1, 10, 1));
        AtomicInteger calls = new AtomicInteger();

        wal.watch(stream, 1, calls::incrementAndGet).close();
        append(stream, Batches.plain(1, 10, 1));

        assertThat(calls).hasValue(0);
    }

    @Test
    void watchersAreReleasedWhenTheTopicIsDeleted() {
        append(stream, Batches.plain(1, 10, 1));
        CompletableFuture<Void> called = new CompletableFuture<>();
        wal.watch(stream, 1, () -> called.complete(null));

        assertThat(metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join()).isNotNull();

        assertThat(called).succeedsWithin(LIMIT);
        Await.until("the stream is gone", LIMIT, () -> wal.bounds(stream).isEmpty());
        assertThat(wal.shardSegments().getFirst().flushedRange(stream.stream())).isEmpty();
    }

    @Test
    void aTrimMovesTheLogStartAtOnce() {
        append(stream, Batches.plain(5, 10, 1));

        assertThat(wal.trim(stream, 3).join()).contains(3L);
        assertThat(wal.trim(stream, 1).join()).contains(3L);
        assertThat(read(stream, 2, 10)).isInstanceOf(TailRead.OutOfRange.class);
        assertThat(wal.bounds(stream)).contains(new StreamBounds(3, 5, 5));
        assertThatThrownBy(() -> wal.trim(stream, 6).join()).hasCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> wal.trim(stream, -1).join()).hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFullTailBecomesASegmentAndStaysReadable() {
        for (int i = 0; i < 40; i++) {
            append(stream, Batches.plain(1, 4_000, i));
        }

        ShardSegments segments = wal.shardSegments().getFirst();
        Await.until(
                "two segments are committed",
                LIMIT,
                () -> segments.view().segments().size() >= 2);
        OffsetRange flushed = segments.flushedRange(stream.stream()).orElseThrow();
        assertThat(flushed.from()).isZero();
        assertThat(flushed.to()).isGreaterThanOrEqualTo(32);
        assertThat(segments.flushedUpTo()).isPositive();
        assertThat(segments.term())
                .hasValueSatisfying(term -> assertThat(term.number()).isPositive());
        assertThat(writer.marks(stream.stream())).hasSize((int) flushed.to());
        assertThat(marks(read(stream, 0, 1))).containsExactly(0L);
    }

    @Test
    void afterARestartFlushedBatchesAreInSegmentsAndTheRestInTheTail() {
        for (int i = 0; i < 20; i++) {
            append(stream, Batches.plain(1, 4_000, i));
        }
        ShardSegments segments = wal.shardSegments().getFirst();
        Await.until(
                "a segment is committed",
                LIMIT,
                () -> segments.view().segments().size() == 1);
        long flushedEnd = segments.flushedRange(stream.stream()).orElseThrow().to();

        reopen(config.withMemory(1 << 10, 64 << 20));

        assertThat(read(stream, flushedEnd - 1, 10))
                .isInstanceOfSatisfying(
                        TailRead.InSegments.class,
                        found -> assertThat(found.flushedEnd()).isEqualTo(flushedEnd));
        for (long offset = flushedEnd; offset < 20; offset++) {
            assertThat(marks(read(stream, offset, 1))).containsExactly(offset);
        }
    }

    @Test
    void batchesThatDoNotFitIntoMemoryAreReadBackFromTheLog() {
        writer.failing = true;
        reopen(config.withMemory(16 << 10, 64 << 20));
        for (int i = 0; i < 50; i++) {
            append(stream, Batches.plain(1, 4_000, i));
        }

        for (int i = 0; i < 50; i++) {
            assertThat(marks(read(stream, i, 1))).containsExactly((long) i);
        }
        writer.failing = false;
        Await.until(
                "segments are committed",
                LIMIT,
                () -> wal.shardSegments().getFirst().view().segments().size() >= 2);
        assertThat(writer.marks(stream.stream())).startsWith(0L, 1L, 2L);
    }

    @Test
    void appendsGoOnWhileTheObjectStoreFails() {
        writer.failing = true;
        for (int i = 0; i < 40; i++) {
            assertThat(append(stream, Batches.plain(1, 4_000, i))).isInstanceOf(AppendResult.Committed.class);
        }
        assertThat(wal.shardSegments().getFirst().view().segments()).isEmpty();
        assertThat(marks(read(stream, 39, 1))).containsExactly(39L);
    }

    @Test
    void aSnapshotIsPublishedOnceTheFlushHasPassedItAndTheLogIsPurged() {
        // Left-overs are flushed soon: the last snapshot may have to wait for them.
        Duration soon = Duration.ofMillis(500);
        reopen(config.withDisk(64 << 20, 128 << 10).withFlush(64 << 10, soon, soon));
        for (int i = 0; i < 200; i++) {
            append(stream, Batches.plain(1, 4_000, i));
        }

        Await.until("the log was purged", LIMIT, () -> consensus.group("wal-0").logBytes() < 400_000);

        reopen(config);
        assertThat(wal.bounds(stream)).contains(new StreamBounds(0, 200, 200));
    }

    @Test
    void refusesAppendsWhileTheLogIsFullAndResumesByItself() {
        // Given: a log of 64 MiB that cannot be flushed
        writer.failing = true;
        int accepted = 0;
        AppendResult last = append(stream, Batches.plain(1, 1 << 20, 0));
        while (last instanceof AppendResult.Committed && accepted < 100) {
            accepted++;
            last = append(stream, Batches.plain(1, 1 << 20, accepted));
        }

        // When
        assertThat(last)
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.STORAGE_FULL));
        assertThat(accepted).isBetween(50, 63);
        assertThat(consensus.group("wal-0").logBytes()).isLessThanOrEqualTo(64 << 20);
        writer.failing = false;

        // Then
        Await.until(
                "appends are accepted again",
                Duration.ofSeconds(40),
                () -> append(stream, Batches.plain(1, 10, 1)) instanceof AppendResult.Committed);
    }

    @Test
    void refusesWhatIsQueuedBeyondTheBound() {
        reopen(config.withMemory(1 << 20, 16 << 20));
        List<CompletableFuture<AppendResult>> futures = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            futures.add(wal.append(stream, Batches.plain(1, (1 << 20) - 61, i)));
        }

        List<AppendResult> results = futures.stream().map(WalServiceTest::get).toList();
        assertThat(results.subList(0, 16)).allMatch(result -> result instanceof AppendResult.Committed);
        assertThat(results)
                .filteredOn(result -> result instanceof AppendResult.Refused)
                .allSatisfy(result ->
                        assertThat(((AppendResult.Refused) result).reason()).isEqualTo(RefusalReason.OVERLOADED));
    }

    @Test
    void acceptsTheLargestBatch() {
        RecordBatch largest = Batches.plain(1, RecordBatch.MAX_BYTES - RecordBatch.HEADER_BYTES, 1);
        assertThat(largest.sizeBytes()).isEqualTo(RecordBatch.MAX_BYTES);
        RecordBatch tooLarge = Batches.plain(1, RecordBatch.MAX_BYTES - RecordBatch.HEADER_BYTES + 1, 1);

        assertThat(append(stream, largest)).isInstanceOf(AppendResult.Committed.class);
        assertThat(append(stream, tooLarge))
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.INVALID_BATCH));
    }

    @Test
    void withoutALeaderForTooLongAppendsAreRefusedAndConfirmationsFailAndReadsGoOn() {
        reopen(config.withWaits(Duration.ofMillis(50), Duration.ofMillis(50)));
        // So short a wait may be over before the shard is ready for its first append.
        Await.until(
                "an append", LIMIT, () -> append(stream, Batches.plain(1, 10, 1)) instanceof AppendResult.Committed);
        consensus.group("wal-0").loseLeadership(0);

        assertThat(append(stream, Batches.plain(1, 10, 1)))
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.UNAVAILABLE));
        assertThat(marks(read(stream, 0, 10))).containsExactly(1L);
        assertThatThrownBy(() -> wal.confirmedBounds(stream).join())
                .cause()
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    @Test
    void anAppendThatFindsNoLeaderWaitsForOne() {
        append(stream, Batches.plain(1, 10, 1));
        consensus.group("wal-0").loseLeadership(0);
        CompletableFuture<AppendResult> first = wal.append(stream, Batches.plain(1, 10, 2));
        CompletableFuture<AppendResult> second = wal.append(stream, Batches.plain(1, 10, 3));

        consensus.group("wal-0").regainLeadership();

        assertThat(get(first)).isEqualTo(new AppendResult.Committed(1, 0));
        assertThat(get(second)).isEqualTo(new AppendResult.Committed(2, 0));
    }

    @Test
    void aShardWithoutALeaderIsAFailureUntilItHasOneAgain() {
        assertThat(wal.failure()).isEmpty();

        consensus.group("wal-0").loseLeadership(0);
        assertThat(wal.failure()).contains("shard 0 has no leader");

        consensus.group("wal-0").regainLeadership();
        Await.until("nothing fails", LIMIT, () -> wal.failure().isEmpty());
    }

    @Test
    void afterCloseAppendsAreRefused() {
        wal.close();

        assertThat(append(stream, Batches.plain(1, 10, 1))).isInstanceOf(AppendResult.Refused.class);
    }

    @Test
    void closeDoesNotWaitForAGroupWithoutRoom() throws Exception {
        // Given a command that waits for room in its group
        wal.close();
        FullConsensus full = new FullConsensus(consensus);
        consensus.crash(Integer.MAX_VALUE);
        wal = new WalService(config, full, metadata, writer, new SimpleMeterRegistry());
        Await.until("the shard leads", LIMIT, wal::isReady);
        append(stream, Batches.plain(1, 10, 1));
        full.fill();
        CompletableFuture<?> waiting = wal.trim(stream, 1);
        full.awaitWaiting();

        // When
        CompletableFuture<Void> closed = CompletableFuture.runAsync(wal::close);

        // Then
        assertThat(closed).succeedsWithin(LIMIT);
        assertThat(waiting).failsWithin(LIMIT);
        assertThat(ServiceException.of(waiting.exceptionNow()).code()).isEqualTo(FailureCode.SHUTTING_DOWN);
        CompletableFuture<?> tooLate = wal.trim(stream, 1);
        assertThat(tooLate).failsWithin(LIMIT);
        assertThat(ServiceException.of(tooLate.exceptionNow()).code()).isEqualTo(FailureCode.SHUTTING_DOWN);
    }

    @Test
    void flushSoonFlushesWhateverWaits() {
        append(stream, Batches.plain(1, 10, 1));

        wal.flushSoon();

        Await.until(
                "a segment is committed",
                LIMIT,
                () -> wal.shardSegments().getFirst().view().segments().size() == 1);
    }

    private AppendResult append(StreamLocation to, RecordBatch batch) {
        return get(wal.append(to, batch));
    }

    private static AppendResult get(CompletableFuture<AppendResult> future) {
        try {
            return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("No answer to an append", e);
        }
    }

    private TailRead read(StreamLocation from, long offset, int maxBytes) {
        return wal.read(from, offset, maxBytes).orTimeout(60, TimeUnit.SECONDS).join();
    }

    private static List<Long> marks(TailRead read) {
        assertThat(read).isInstanceOf(TailRead.Batches.class);
        return ((TailRead.Batches) read)
                .batches().stream()
                        .map(batch -> Batches.mark(((StoredBatches.Raw) batch).batch()))
                        .toList();
    }
}
