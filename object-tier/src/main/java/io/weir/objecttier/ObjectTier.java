package io.weir.objecttier;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.backup.Backups;
import io.weir.objecttier.housekeeping.DeletionHold;
import io.weir.objecttier.housekeeping.Housekeeper;
import io.weir.objecttier.housekeeping.StoreClaim;
import io.weir.objecttier.naming.ObjectName;
import io.weir.objecttier.naming.ObjectName.Kind;
import io.weir.objecttier.read.CatchUpReader;
import io.weir.objecttier.read.ReadBudget;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.objecttier.segment.SegmentBuilder;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes, reads and looks after segments in an object store.
 *
 * <p>Threading: any thread; nothing blocks the caller. Durability: as the store's. The store is the caller's to close.
 */
public final class ObjectTier implements SegmentReader, SegmentWriter, AutoCloseable {
    private static final int MAX_CONCURRENT_READS = 8192;
    private static final int MAX_WAITING_READS = 8192;
    private static final Duration LOOK_AT_STORE_AT_MOST = Duration.ofSeconds(5);

    private final ObjectTierConfig config;
    private final MeterRegistry meters;
    private final ObjectStore store;
    private final SegmentObjects objects;
    private final CatchUpReader reader;
    private final ExecutorService writing = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("segment-write-", 0).factory());
    private final SecureRandom nonces = new SecureRandom();
    private final Timer writeTime;
    private final Counter writtenBytes;
    private @Nullable Housekeeper housekeeper;
    private @Nullable Backups backups;

    public ObjectTier(ObjectTierConfig config, ObjectStore store, MeterRegistry meters) {
        this.config = config;
        this.meters = meters;
        this.store = new MeteredObjectStore(store, meters);
        ReadBudget budget = new ReadBudget(config.catchUpReads(), config.catchUpBytes(), MAX_WAITING_READS);
        this.objects = new SegmentObjects(this.store, budget, config.cacheBytes(), config.indexCacheBytes(), meters);
        this.reader = new CatchUpReader(objects, config.readAheadBlocks(), MAX_CONCURRENT_READS);
        this.writeTime = Timer.builder("weir.segment.write")
                .description("Time to put a segment together and store it")
                .register(meters);
        this.writtenBytes = Counter.builder("weir.segment.written.bytes")
                .description("Bytes of flushed segments")
                .register(meters);
    }

    @Override
    public CompletableFuture<SegmentRef> write(ShardId shard, long term, LogRange range, List<StreamRun> runs) {
        return CompletableFuture.supplyAsync(() -> writeNow(shard, term, range, runs), writing);
    }

    private SegmentRef writeNow(ShardId shard, long term, LogRange range, List<StreamRun> runs) {
        Timer.Sample sample = Timer.start();
        SegmentBuilder builder = new SegmentBuilder();
        for (StreamRun run : runs) {
            for (StoredBatches.Raw batch : run.batches()) {
                builder.add(run.stream().value(), batch);
            }
        }
        ObjectName name = new ObjectName(Kind.FLUSHED, shard, term, range, nonces.nextLong());
        SegmentBuilder.Built built = builder.finish(name.key(), range, 0);
        if (!store.create(name.key(), built.content()).join()) {
            throw new ServiceException(
                    FailureCode.OBJECT_STORE_UNAVAILABLE, "Key " + name.key() + " is taken; a new one will be tried");
        }
        objects.admit(built.ref(), built.index());
        sample.stop(writeTime);
        writtenBytes.increment((double) built.ref().sizeBytes());
        return built.ref();
    }

    @Override
    public CompletableFuture<List<StoredBatches>> read(
            SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
        return reader.read(view, stream, offsets, maxBytes);
    }

    @Override
    public CompletableFuture<Optional<Long>> firstBlockReaching(
            SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
        return reader.firstBlockReaching(view, stream, offsets, timestampMs);
    }

    /**
     * Begins to look after the segments of the shards that are led in this process; to be called once, when the cluster
     * exists.
     *
     * @param tables whether retention waits for topics' tables
     * @throws ServiceException {@code FENCED} when the object store belongs to another cluster
     */
    public synchronized void startHousekeeping(
            Supplier<List<ShardSegments>> shards, MetadataSource metadata, boolean tables) {
        if (housekeeper != null) {
            throw new IllegalStateException("Housekeeping was started before");
        }
        housekeeper = new Housekeeper(
                config.housekeeping(),
                shards,
                metadata,
                tables,
                store,
                objects,
                nonces::nextLong,
                backups == null ? DeletionHold.NONE : backups,
                InstantSource.system());
        housekeeper.requireOwnStore(LOOK_AT_STORE_AT_MOST);
        housekeeper.start(meters);
    }

    /**
     * Begins to copy the states of the groups that are led in this process into the store; to be called once, and
     * before {@link #startHousekeeping}, which from then on deletes nothing that the newest copies need.
     *
     * @param interval from one copy of a group to the next
     */
    public synchronized void startBackups(
            Duration interval,
            Supplier<List<ConsensusGroup>> groups,
            Supplier<List<ShardSegments>> shards,
            MetadataSource metadata) {
        if (backups != null || housekeeper != null) {
            throw new IllegalStateException("Backups begin once, before housekeeping");
        }
        backups = new Backups(
                interval, groups, shards, store, new StoreClaim(store, metadata), InstantSource.system(), meters);
        backups.start();
    }

    @Override
    public synchronized void close() {
        if (backups != null) {
            backups.close();
        }
        if (housekeeper != null) {
            housekeeper.close();
        }
        writing.shutdown();
    }
}
