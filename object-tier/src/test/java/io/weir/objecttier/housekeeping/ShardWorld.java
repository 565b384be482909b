package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.manifest.Manifest;
import io.weir.objecttier.naming.ObjectName;
import io.weir.objecttier.read.CatchUpReader;
import io.weir.objecttier.read.ReadBudget;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.objecttier.sample.FixedMetadata;
import io.weir.objecttier.sample.SampleBatches;
import io.weir.objecttier.sample.SimulatedShard;
import io.weir.objecttier.segment.SegmentBuilder;
import io.weir.testsupport.object.MemoryObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** One shard, its store, its housekeeping, and a model of what must be readable. */
final class ShardWorld {
    static final ShardId SHARD = new ShardId(1);
    static final HousekeepingConfig CONFIG = new HousekeepingConfig(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            3,
            6_000,
            500,
            4_000,
            4,
            2,
            Duration.ZERO);

    final MemoryObjectStore memory = new MemoryObjectStore();
    final SimulatedShard shard = new SimulatedShard(SHARD);
    final FixedMetadata metadata = new FixedMetadata();
    final Random random;
    final Map<Long, TreeMap<Long, byte[]>> model = new TreeMap<>();
    final Map<Long, Long> ends = new HashMap<>();
    final ObjectStore store;
    /** Stream ids are never used twice. */
    final Set<Long> deleted = new TreeSet<>();

    long nowMs = 1_000_000;
    private SegmentObjects objects;
    private boolean tables;
    DeletionHold hold = DeletionHold.NONE;
    private ShardKeeper keeper;

    ShardWorld(long seed) {
        this.random = new Random(seed);
        this.store = memory;
        this.objects = objects();
        this.keeper = keeper();
        shard.clock(() -> nowMs);
    }

    /** Whether topics become tables; the process begins anew. */
    void tables(boolean wanted) {
        tables = wanted;
        restart();
    }

    /** A process that died comes back: its memory is empty, and an election was held. */
    void restart() {
        shard.nextTerm();
        objects = objects();
        keeper = keeper();
    }

    private SegmentObjects objects() {
        return new SegmentObjects(store, new ReadBudget(8, 1 << 20, 1000), 1 << 20, 1 << 20, new SimpleMeterRegistry());
    }

    private ShardKeeper keeper() {
        return new ShardKeeper(
                CONFIG,
                shard,
                metadata,
                tables,
                store,
                objects,
                random::nextLong,
                (of, key) -> hold.mayDelete(of, key),
                nowMs);
    }

    boolean pass() {
        return keeper.pass(nowMs);
    }

    ShardKeeper housekeeping() {
        return keeper;
    }

    /** A pass that may fail, but only retriably. */
    void passThroughFaults() {
        try {
            keeper.pass(nowMs);
        } catch (RuntimeException failure) {
            ServiceException service = ServiceException.of(failure);
            if (!service.code().retriable()) {
                throw failure;
            }
        }
    }

    /** Goes on until nothing is left to do, and all graces have passed. */
    void settle() {
        for (int round = 0; round < 4; round++) {
            int passes = 0;
            while (pass()) {
                assertThat(passes++).as("passes until quiet").isLessThan(200);
            }
            nowMs += CONFIG.deletionGrace().toMillis() + 700_000;
        }
        while (pass()) {
            nowMs += 1;
        }
    }

    /** A run of batches for each stream; streams that are not open are left out. */
    SegmentRef write(Map<Long, Integer> batches, List<Runnable> onCommit) {
        SegmentBuilder builder = new SegmentBuilder();
        TreeMap<Long, Integer> wanted = new TreeMap<>(batches);
        wanted.keySet().removeAll(deleted);
        wanted.forEach((stream, count) -> {
            for (int i = 0; i < count; i++) {
                long base = ends.getOrDefault(stream, 0L);
                StoredBatches.Raw raw = SampleBatches.raw(base, 1 + random.nextInt(3), 61 + random.nextInt(700), nowMs);
                builder.add(stream, raw);
                ends.put(stream, raw.nextOffset());
                onCommit.add(() -> model.computeIfAbsent(stream, s -> new TreeMap<>())
                        .put(raw.baseOffset(), SampleBatches.finished(raw)));
            }
        });
        LogRange range = new LogRange(shard.flushedUpTo() + 1, shard.flushedUpTo() + 1 + random.nextInt(5));
        ObjectName name =
                new ObjectName(ObjectName.Kind.FLUSHED, SHARD, shard.led().number(), range, random.nextLong());
        SegmentBuilder.Built built = builder.finish(name.key(), range, 0);
        store.create(name.key(), built.content()).join();
        return built.ref();
    }

    /** Writes a segment and commits it. */
    void flush(Map<Long, Integer> batches) {
        List<Runnable> onCommit = new ArrayList<>();
        Map<Long, Long> before = new HashMap<>(ends);
        try {
            SegmentRef segment = write(batches, onCommit);
            Map<StreamId, Long> committed = new HashMap<>();
            batches.keySet().stream()
                    .filter(stream -> !deleted.contains(stream))
                    .forEach(stream -> committed.put(new StreamId(stream), ends.getOrDefault(stream, 0L)));
            shard.commit(segment, committed);
            onCommit.forEach(Runnable::run);
        } catch (RuntimeException failure) {
            ends.clear();
            ends.putAll(before);
            if (!ServiceException.of(failure).code().retriable()) {
                throw failure;
            }
        }
    }

    /** Writes a segment whose commit never comes: the flush is repeated later with other bytes. */
    void flushAndDie(Map<Long, Integer> batches) {
        Map<Long, Long> before = new HashMap<>(ends);
        write(batches, new ArrayList<>());
        ends.clear();
        ends.putAll(before);
    }

    void delete(long stream) {
        shard.deleteStream(new StreamId(stream));
        model.remove(stream);
        ends.remove(stream);
        deleted.add(stream);
    }

    /** Every live offset can be read, with the bytes that were written. */
    void verify(String description) {
        CatchUpReader reader = new CatchUpReader(objects(), 1, 100);
        model.forEach((stream, batches) -> {
            OffsetRange range = shard.flushedRange(new StreamId(stream)).orElseThrow();
            long offset = range.from();
            while (offset < range.to()) {
                List<StoredBatches> read = reader.read(
                                shard.view(), new StreamId(stream), new OffsetRange(offset, range.to()), 1500)
                        .orTimeout(30, TimeUnit.SECONDS)
                        .join();
                assertThat(read)
                        .as("%s: stream %d at offset %d of %s", description, stream, offset, range)
                        .isNotEmpty();
                for (StoredBatches run : read) {
                    offset = verifyRun(description, stream, batches, (StoredBatches.Finished) run, offset);
                }
            }
        });
    }

    private static long verifyRun(
            String description, long stream, Map<Long, byte[]> batches, StoredBatches.Finished run, long wantedOffset) {
        ByteBuffer bytes = run.bytes().duplicate();
        long offset = run.baseOffset();
        assertThat(offset).as("%s: stream %d", description, stream).isLessThanOrEqualTo(wantedOffset);
        while (bytes.hasRemaining()) {
            byte[] expected = batches.get(offset);
            assertThat(expected)
                    .as("%s: stream %d has a batch at %d", description, stream, offset)
                    .isNotNull();
            byte[] actual = new byte[expected.length];
            bytes.get(actual);
            assertThat(actual)
                    .as("%s: batch at %d of stream %d", description, offset, stream)
                    .isEqualTo(expected);
            offset += ByteBuffer.wrap(actual).getInt(23) + 1L;
        }
        assertThat(offset).isEqualTo(run.nextOffset()).isGreaterThan(wantedOffset);
        return offset;
    }

    /** Bytes of the stream's batches that have not been trimmed. */
    long liveBytes(long stream) {
        long from = shard.flushedRange(new StreamId(stream)).orElseThrow().from();
        return model.getOrDefault(stream, new TreeMap<>()).tailMap(from, true).values().stream()
                .mapToLong(batch -> batch.length)
                .sum();
    }

    /** Keys that the view refers to, directly or through a manifest. */
    Set<ObjectKey> referenced() {
        Set<ObjectKey> keys = new TreeSet<>();
        shard.view().segments().forEach(segment -> keys.add(segment.key()));
        for (ManifestRef manifest : shard.view().manifests()) {
            keys.add(manifest.key());
            Manifest.head(manifest, ByteBuffer.wrap(memory.bytes(manifest.key())))
                    .segments()
                    .forEach(segment -> keys.add(segment.key()));
        }
        return keys;
    }
}
