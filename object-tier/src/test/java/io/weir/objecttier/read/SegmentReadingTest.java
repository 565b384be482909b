package io.weir.objecttier.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.SegmentWriter.StreamRun;
import io.weir.objecttier.ObjectTier;
import io.weir.objecttier.ObjectTierConfig;
import io.weir.objecttier.sample.SampleBatches;
import io.weir.testsupport.object.MemoryObjectStore;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written through {@link ObjectTier} is read back through it. */
class SegmentReadingTest {
    private static final ShardId SHARD = new ShardId(3);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final List<SegmentRef> segments = new ArrayList<>();
    private ObjectTier tier = open();

    private ObjectTier open() {
        return new ObjectTier(ObjectTierConfig.DEFAULT, store, new SimpleMeterRegistry());
    }

    @Test
    void returnsBatchesReadyForTheSocket() {
        // Given
        StoredBatches.Raw tiny = SampleBatches.raw(0, 3, 70, 10);
        StoredBatches.Raw big = SampleBatches.raw(3, 100, 5_000, 20);
        flush(run(1, tiny, big));

        // When
        List<StoredBatches> read = read(1, 0, 103, 1 << 20);

        // Then one run holds both, with base offsets and leader epochs in place
        assertThat(read).hasSize(1);
        StoredBatches.Finished run = (StoredBatches.Finished) read.getFirst();
        assertThat(run.baseOffset()).isZero();
        assertThat(run.nextOffset()).isEqualTo(103);
        assertThat(bytes(read)).isEqualTo(finished(tiny, big));
    }

    @Test
    void beginsWithTheBatchThatContainsTheOffset() {
        StoredBatches.Raw first = SampleBatches.raw(0, 10, 600, 1);
        StoredBatches.Raw second = SampleBatches.raw(10, 10, 600, 1);
        StoredBatches.Raw third = SampleBatches.raw(20, 10, 600, 1);
        flush(run(1, first, second, third));

        assertThat(bytes(read(1, 10, 30, 1 << 20))).isEqualTo(finished(second, third));
        assertThat(bytes(read(1, 19, 30, 1 << 20))).isEqualTo(finished(second, third));
        assertThat(bytes(read(1, 20, 30, 1 << 20))).isEqualTo(finished(third));
        assertThat(bytes(read(1, 5, 20, 1 << 20))).isEqualTo(finished(first, second));
        assertThat(read(1, 30, 30, 1 << 20)).isEmpty();
        assertThat(read(2, 0, 30, 1 << 20)).isEmpty();
    }

    @Test
    void givesTheFirstBatchWholeAndOthersWhileTheyFit() {
        StoredBatches.Raw huge = SampleBatches.raw(0, 1, 3 << 20, 1);
        StoredBatches.Raw second = SampleBatches.raw(1, 1, 1000, 1);
        StoredBatches.Raw third = SampleBatches.raw(2, 1, 1000, 1);
        flush(run(1, huge, second, third));

        assertThat(bytes(read(1, 0, 3, 1))).isEqualTo(finished(huge));
        assertThat(bytes(read(1, 1, 3, 1999))).isEqualTo(finished(second));
        assertThat(bytes(read(1, 1, 3, 2000))).isEqualTo(finished(second, third));
        assertThat(bytes(read(1, 0, 3, Integer.MAX_VALUE))).isEqualTo(finished(huge, second, third));
    }

    @Test
    void readsSparseOffsetsBeyondTwoToThe31() {
        // Given compacted ranges with gaps that no 32-bit delta can express (AutoMQ #3339)
        long far = 5_000_000_000L;
        StoredBatches.Raw first = SampleBatches.raw(100, 1, 200, 1);
        StoredBatches.Raw second = SampleBatches.raw(far, 2, 2000, 2);
        StoredBatches.Raw third = SampleBatches.raw(far * 1000, Integer.MAX_VALUE, 300, 3);
        flush(run(Long.MAX_VALUE - 1, first, second));
        flush(run(Long.MAX_VALUE - 1, third));
        long end = third.nextOffset();

        // When nothing is cached
        tier = open();

        // Then
        long stream = Long.MAX_VALUE - 1;
        assertThat(bytes(read(stream, 0, end, 1 << 20))).isEqualTo(finished(first, second, third));
        assertThat(bytes(read(stream, 101, end, 1 << 20))).isEqualTo(finished(second, third));
        assertThat(bytes(read(stream, far + 2, end, 1 << 20))).isEqualTo(finished(third));
        assertThat(bytes(read(stream, end - 1, end, 1 << 20))).isEqualTo(finished(third));
        assertThat(read(stream, 101, far, 1 << 20)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void readsBackEverythingFromEverywhere(long seed) {
        // Given random streams over several segments
        Random random = new Random(seed);
        List<List<StoredBatches.Raw>> all = new ArrayList<>();
        for (int s = 0; s < 5; s++) {
            all.add(new ArrayList<>());
        }
        long[] next = new long[5];
        for (int segment = 0; segment < 6; segment++) {
            List<StreamRun> runs = new ArrayList<>();
            for (int s = 0; s < 5; s++) {
                List<StoredBatches.Raw> batches = new ArrayList<>();
                for (int b = random.nextInt(30); b > 0; b--) {
                    int size = random.nextInt(10) == 0 ? 300_000 : 61 + random.nextInt(3000);
                    StoredBatches.Raw raw = SampleBatches.raw(next[s], 1 + random.nextInt(5), size, random.nextInt(99));
                    next[s] = raw.nextOffset();
                    batches.add(raw);
                }
                if (!batches.isEmpty()) {
                    runs.add(new StreamRun(new StreamId(s * 10L), batches));
                    all.get(s).addAll(batches);
                }
            }
            flush(runs);
        }
        tier = open();

        for (int s = 0; s < 5; s++) {
            // When a consumer follows the stream from its beginning
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            long offset = 0;
            while (offset < next[s]) {
                List<StoredBatches> read = read(s * 10L, offset, next[s], 1 + random.nextInt(500_000));
                assertThat(read)
                        .as("seed %d stream %d offset %d", seed, s, offset)
                        .isNotEmpty();
                assertThat(read.getFirst().baseOffset()).isEqualTo(offset);
                received.writeBytes(bytes(read));
                offset = read.getLast().nextOffset();
            }

            // Then every byte comes once and in order
            assertThat(received.toByteArray())
                    .as("seed %d stream %d", seed, s)
                    .isEqualTo(finished(all.get(s).toArray(StoredBatches.Raw[]::new)));
        }
    }

    @Test
    void findsTheFirstBlockThatReachesATimestamp() {
        flush(run(1, SampleBatches.raw(0, 1, 700_000, 50), SampleBatches.raw(1, 1, 700_000, 40)));
        flush(run(1, SampleBatches.raw(2, 1, 700_000, 60)));

        assertThat(reaching(1, 0, 3, 50)).contains(0L);
        assertThat(reaching(1, 1, 3, 50)).contains(2L);
        assertThat(reaching(1, 1, 3, 40)).contains(1L);
        assertThat(reaching(1, 0, 3, 61)).isEmpty();
        assertThat(reaching(1, 0, 2, 55)).isEmpty();
        assertThat(reaching(9, 0, 2, 0)).isEmpty();
    }

    @Test
    void readsABlockOnceForManyReaders() {
        // Given
        flush(run(1, SampleBatches.raw(0, 1, 10_000, 1)));
        tier = open();
        store.hold(Operation.READ);
        long before = store.requests(Operation.READ);

        // When
        List<CompletableFuture<List<StoredBatches>>> reads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            reads.add(tier.read(view(), new StreamId(1), new OffsetRange(0, 1), 1 << 20));
        }
        store.letGo();
        reads.forEach(read -> assertThat(await(read)).hasSize(1));

        // Then the footer and the block are read once each
        assertThat(store.requests(Operation.READ) - before).isEqualTo(2);
    }

    @Test
    void namesTheDamagedObjectWhenAChecksumFails() {
        // Given a flipped bit in a block, or in the footer
        flush(run(1, SampleBatches.raw(0, 1, 10_000, 1)));
        SegmentRef segment = segments.getFirst();
        byte[] good = store.bytes(segment.key());
        for (int position : new int[] {16, 5000, 16 + 9_999, good.length - 40, good.length - 1}) {
            byte[] bad = good.clone();
            bad[position] ^= 4;
            store.overwrite(segment.key(), bad);
            tier = open();

            // Then
            assertFails(FailureCode.CORRUPT, segment.key().value());
        }
        store.overwrite(segment.key(), java.util.Arrays.copyOf(good, good.length - 1));
        tier = open();
        assertFails(FailureCode.CORRUPT, segment.key().value());
    }

    @Test
    void failsRetriablyAndRecoversWhenTheStoreDoes() {
        flush(run(1, SampleBatches.raw(0, 1, 10_000, 1)));
        tier = open();
        store.storm();
        for (int i = 0; i < 20; i++) {
            assertFails(FailureCode.OBJECT_STORE_UNAVAILABLE, "Injected");
        }

        store.calm();

        assertThat(read(1, 0, 1, 100)).hasSize(1);
    }

    @Test
    void saysThatAnObjectIsMissingSoThatTheViewIsRefreshed() {
        flush(run(1, SampleBatches.raw(0, 1, 10_000, 1)));
        tier = open();
        await(store.delete(List.of(segments.getFirst().key())));

        assertFails(FailureCode.OBJECT_MISSING, segments.getFirst().key().value());
    }

    @Test
    void writesNothingUnderATakenKeyAndSaysSoRetriably() {
        store.failNext(1, Operation.CREATE);

        CompletableFuture<SegmentRef> write =
                tier.write(SHARD, 1, new LogRange(1, 1), List.of(run(1, SampleBatches.raw(0, 1, 100, 1))));

        assertThatThrownBy(() -> await(write))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        e -> assertThat(e.code().retriable()).isTrue());
        assertThat(store.objects()).isEmpty();
    }

    private void assertFails(FailureCode code, String message) {
        assertThatThrownBy(() -> read(1, 0, 1, 100))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    private void flush(StreamRun... runs) {
        flush(List.of(runs));
    }

    private void flush(List<StreamRun> runs) {
        long at = segments.size() + 1L;
        segments.add(await(tier.write(SHARD, 1, new LogRange(at, at), runs)));
    }

    private static StreamRun run(long stream, StoredBatches.Raw... batches) {
        return new StreamRun(new StreamId(stream), List.of(batches));
    }

    private SegmentView view() {
        return new SegmentView(SHARD, segments.size(), List.of(), segments);
    }

    private List<StoredBatches> read(long stream, long from, long to, int maxBytes) {
        return await(tier.read(view(), new StreamId(stream), new OffsetRange(from, to), maxBytes));
    }

    private Optional<Long> reaching(long stream, long from, long to, long timestampMs) {
        return await(tier.firstBlockReaching(view(), new StreamId(stream), new OffsetRange(from, to), timestampMs));
    }

    private static byte[] bytes(List<StoredBatches> read) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (StoredBatches batches : read) {
            ByteBuffer buffer = ((StoredBatches.Finished) batches).bytes().duplicate();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] finished(StoredBatches.Raw... batches) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (StoredBatches.Raw raw : batches) {
            out.writeBytes(SampleBatches.finished(raw));
        }
        return out.toByteArray();
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.orTimeout(30, TimeUnit.SECONDS).join();
        } catch (CompletionException failure) {
            throw ServiceException.of(failure);
        }
    }
}
