package io.weir.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A stream moves from one shard of a process to another. */
class MovedStreamTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final ShardId ONE = new ShardId(1);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final CollectingWriter writer = new CollectingWriter();
    private final Topic topic = metadata.create("orders", 1);
    private final StreamLocation before = topic.location(0).orElseThrow();
    private final WalService wal = open();

    private WalService open() {
        WalConfig config = WalConfig.standard()
                .withShards(2)
                .withFlush(1 << 20, Duration.ofMinutes(1), Duration.ofMinutes(1))
                .withDisk(64 << 20, 1 << 20);
        WalService opened =
                new WalService(config, consensus, metadata, metadata.moves(), writer, new SimpleMeterRegistry());
        Await.until("both shards lead", LIMIT, opened::isReady);
        return opened;
    }

    @AfterEach
    void close() {
        wal.close();
        consensus.close();
    }

    /** Of two gateways one has heard of the move, and the other has not. */
    @Test
    void aMovedStreamWithAWriterOnEachSide() throws Exception {
        // Given
        ConcurrentSkipListSet<Long> offsets = new ConcurrentSkipListSet<>();
        append(before, Batches.plain(1, 10, 1));
        offsets.add(0L);

        // When
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> stale = writers.submit(() -> writeAt(before, offsets));
            Future<Integer> fresh = writers.submit(() -> writeWhereItIs(offsets));
            move(ONE);
            assertThat(stale.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(20);
            fresh.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        // Then
        StreamLocation after = here();
        assertThat(after).isEqualTo(new StreamLocation(before.stream(), ONE, new Epoch(1)));
        StreamBounds bounds = wal.confirmedBounds(after).join().orElseThrow();
        assertThat(new TreeSet<>(offsets))
                .containsExactlyElementsOf(
                        LongStream.range(0, bounds.end()).boxed().toList());
        assertThat(wal.confirmedBounds(before).join()).isEmpty();
    }

    /** Goes on for a while after it was sent away; returns how often it was. */
    private int writeAt(StreamLocation location, ConcurrentSkipListSet<Long> offsets) {
        int sentAway = 0;
        while (sentAway < 20) {
            switch (append(location, Batches.plain(1, 10, 2))) {
                case AppendResult.Committed committed -> {
                    assertThat(sentAway).as("nothing is accepted any more").isZero();
                    assertThat(offsets.add(committed.baseOffset())).isTrue();
                }
                case AppendResult.Moved moved -> sentAway++;
                default -> throw new AssertionError("Neither committed nor sent away");
            }
        }
        return sentAway;
    }

    private int writeWhereItIs(ConcurrentSkipListSet<Long> offsets) {
        int there = 0;
        while (there < 20) {
            StreamLocation at = here();
            if (append(at, Batches.plain(1, 10, 3)) instanceof AppendResult.Committed committed) {
                assertThat(offsets.add(committed.baseOffset())).isTrue();
                there += at.shard().equals(ONE) ? 1 : 0;
            }
        }
        return there;
    }

    @Test
    void anIdempotentProducerGoesOnWhereItsStreamGoes() {
        RecordBatch last = Batches.batch(5, (short) 0, 2, 2, 10, 2);
        append(before, Batches.batch(5, (short) 0, 0, 2, 10, 1));
        append(before, last);

        move(ONE);

        assertThat(append(here(), last)).isEqualTo(new AppendResult.Duplicate(2, 0));
        assertThat(append(here(), Batches.batch(5, (short) 0, 9, 1, 10, 3)))
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(RefusalReason.OUT_OF_ORDER_SEQUENCE));
        assertThat(append(here(), Batches.batch(5, (short) 0, 4, 1, 10, 3)))
                .isEqualTo(new AppendResult.Committed(4, 0));
        // A new one begins with 0 here as there.
        assertThat(append(here(), Batches.batch(6, (short) 0, 1, 1, 10, 3))).isInstanceOf(AppendResult.Refused.class);
    }

    @Test
    void whatWasWrittenBeforeIsReadFromTheSegmentsOfTheShardThatWroteIt() {
        append(before, Batches.plain(3, 10, 1));
        move(ONE);
        append(here(), Batches.plain(2, 10, 2));

        assertThat(read(2)).isInstanceOfSatisfying(TailRead.InSegments.class, found -> {
            assertThat(found.segments().shard()).isEqualTo(new ShardId(0));
            assertThat(found.flushedEnd()).isEqualTo(3);
            assertThat(found.bounds()).isEqualTo(new StreamBounds(0, 5, 5));
        });
        assertThat(read(3))
                .isInstanceOfSatisfying(
                        TailRead.Batches.class,
                        tail -> assertThat(tail.batches())
                                .extracting(StoredBatches::baseOffset)
                                .containsExactly(3L));
        assertThat(((StoredBatches.Raw) ((TailRead.Batches) read(3)).batches().getFirst()).leaderEpoch())
                .isEqualTo(1);
        assertThat(wal.read(before, 0, 10).join()).isInstanceOf(TailRead.NotHere.class);
    }

    @Test
    void aStreamThatReturnsIsReadInThreeParts() {
        append(before, Batches.plain(3, 10, 1));
        move(ONE);
        append(here(), Batches.plain(2, 10, 2));
        move(new ShardId(0));
        append(here(), Batches.plain(1, 10, 3));

        assertThat(here().incarnation()).isEqualTo(new Epoch(2));
        assertThat(shardRead(0)).isEqualTo(0);
        assertThat(shardRead(3)).isEqualTo(1);
        assertThat(shardRead(4)).isEqualTo(1);
        assertThat(read(5)).isInstanceOf(TailRead.Batches.class);
    }

    @Test
    void whoWaitsForMoreIsSentOn() {
        append(before, Batches.plain(1, 10, 1));
        CompletableFuture<Void> called = new CompletableFuture<>();
        wal.watch(before, 1, () -> called.complete(null));

        move(ONE);

        assertThat(called).succeedsWithin(LIMIT);
    }

    @Test
    void aStreamThatWasNeverWrittenMovesToo() {
        move(ONE);

        // Nothing of it is where it was, and whoever has not heard of the move is sent on all the same.
        assertThat(append(before, Batches.plain(1, 10, 1))).isInstanceOf(AppendResult.Moved.class);
        assertThat(append(here(), Batches.plain(1, 10, 1))).isEqualTo(new AppendResult.Committed(0, 0));
    }

    @Test
    void aTrimReachesWhatWasLeftBehind() {
        append(before, Batches.plain(5, 10, 1));
        move(ONE);

        assertThat(wal.trim(before, 2).join()).isEmpty();
        assertThat(wal.trim(here(), 2).join()).contains(2L);

        assertThat(wal.bounds(here())).contains(new StreamBounds(2, 5, 5));
        assertThat(wal.shardSegments().getFirst().departed()).containsExactly(before.stream());
        assertThat(wal.shardSegments().getFirst().flushedRange(before.stream())).isPresent();
        wal.shardSegments()
                .getFirst()
                .term()
                .orElseThrow()
                .trim(Map.of(before.stream(), 3L))
                .join();
        assertThat(wal.shardSegments()
                        .getFirst()
                        .flushedRange(before.stream())
                        .orElseThrow()
                        .from())
                .isEqualTo(3);
    }

    @Test
    void aDeletedTopicIsGoneFromBothShards() {
        append(before, Batches.plain(5, 10, 1));
        move(ONE);

        metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join();

        for (int shard = 0; shard < 2; shard++) {
            int number = shard;
            Await.until(
                    "the stream is gone from shard " + shard,
                    LIMIT,
                    () -> wal.shardSegments()
                            .get(number)
                            .flushedRange(before.stream())
                            .isEmpty());
        }
    }

    /** What cannot be flushed is not sealed, so that it takes appends meanwhile. */
    @Test
    void appendsGoOnWhileNothingCanBeFlushed() {
        writer.failing = true;
        append(before, Batches.plain(1, 10, 1));
        metadata.moves().plan(TenantId.DEFAULT, "orders", List.of(), ONE).join();

        for (int i = 1; i < 50; i++) {
            assertThat(append(before, Batches.plain(1, 10, i))).isEqualTo(new AppendResult.Committed(i, 0));
        }
        writer.failing = false;
        awaitMoves();

        assertThat(here().shard()).isEqualTo(ONE);
        assertThat(wal.bounds(here())).contains(new StreamBounds(0, 50, 50));
    }

    private void move(ShardId to) {
        metadata.moves().plan(TenantId.DEFAULT, "orders", List.of(), to).join();
        awaitMoves();
    }

    private void awaitMoves() {
        Await.until("the moves are over", LIMIT, () -> metadata.image().moves().isEmpty());
    }

    private StreamLocation here() {
        return metadata.image().topic(topic.id()).orElseThrow().location(0).orElseThrow();
    }

    private TailRead read(long offset) {
        return wal.read(here(), offset, 10_000).join();
    }

    private int shardRead(long offset) {
        return ((TailRead.InSegments) read(offset)).segments().shard().value();
    }

    private AppendResult append(StreamLocation location, RecordBatch batch) {
        return wal.append(location, batch)
                .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
