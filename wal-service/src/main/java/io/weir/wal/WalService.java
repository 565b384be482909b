package io.weir.wal;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamControl;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.usage.IngressUsage;
import io.weir.wal.duty.Duty;
import io.weir.wal.duty.Worker;
import io.weir.wal.entry.Command;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.Neighbours;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.Reply;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The write-ahead log of this process: its shards, behind the ports that gateways and the object tier use. Appends and
 * reads are served whether this process leads a shard or follows; what is done for a whole shard, its leader does.
 *
 * <p>Threading: any thread; no method but the constructor and {@link #close} blocks.
 */
public final class WalService implements StreamAppender, TailReader, StreamControl, ShardLeaders, AutoCloseable {
    /** A command that waits for room in its group for so long is refused: its group may never have room again. */
    private static final Duration COMMANDS_AT_MOST = Duration.ofSeconds(5);

    private final List<WalShard> shards = new CopyOnWriteArrayList<>();
    private final ExecutorService executor;
    private final WalShard.Surroundings around;
    private final Worker opener;
    private final ReentrantLock joining = new ReentrantLock();
    private final MetadataSource.Subscription subscription;
    /** Guarded by {@link #joining}: no shard joins any more. */
    private boolean closed;

    /**
     * Opens every shard's group: as many as there are by the configuration or by the image, whichever are more; blocks
     * until their logs are replayed. Those that are added later are opened as soon as the image shows them.
     */
    public WalService(
            WalConfig config,
            Consensus consensus,
            MetadataSource metadata,
            SegmentWriter writer,
            MeterRegistry registry) {
        this(config, consensus, metadata, MovePlans.NONE, writer, registry);
    }

    /**
     * The same for a log whose streams move between its shards.
     *
     * @param moves what is planned, and how far it has come
     */
    public WalService(
            WalConfig config,
            Consensus consensus,
            MetadataSource metadata,
            MovePlans moves,
            SegmentWriter writer,
            MeterRegistry registry) {
        this(config, consensus, metadata, moves, writer, registry, InstantSource.system());
    }

    WalService(
            WalConfig config,
            Consensus consensus,
            MetadataSource metadata,
            MovePlans moves,
            SegmentWriter writer,
            MeterRegistry registry,
            InstantSource clock) {
        executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("wal-command-", 0).factory());
        around = new WalShard.Surroundings(
                config,
                consensus,
                metadata,
                moves,
                neighbours(),
                writer,
                registry,
                new EntryClock(clock, System::nanoTime),
                executor);
        opener = new Worker(Thread.ofVirtual(), "wal-open", nowNanos -> {
            openUpTo(metadata.image().shardCount());
            return Duty.UNTIL_SIGNALLED;
        });
        try {
            openUpTo(Math.max(config.shards(), metadata.image().shardCount()));
        } catch (RuntimeException failed) {
            // Nobody else could end the threads of those that are open.
            end();
            throw failed;
        }
        subscription = metadata.subscribe((image, changed, deleted) -> {
            if (image.shardCount() > shards.size()) {
                opener.signal();
            }
        });
        opener.start();
    }

    /** By one thread at a time: whoever makes this, and then the opener. */
    private void openUpTo(int count) {
        boolean open = true;
        while (open && shards.size() < count) {
            open = join(new WalShard(new ShardId(shards.size()), around));
        }
    }

    /** Returns false when the service was closed while the shard was opened: so is the shard then. */
    private boolean join(WalShard opened) {
        joining.lock();
        try {
            if (!closed) {
                shards.add(opened);
                return true;
            }
        } finally {
            joining.unlock();
        }
        opened.close();
        return false;
    }

    @Override
    public CompletableFuture<AppendResult> append(StreamLocation location, RecordBatch batch) {
        int shard = location.shard().value();
        return shard < shards.size()
                ? shards.get(shard).appender().append(location, batch)
                : CompletableFuture.completedFuture(
                        new AppendResult.Moved(location.shard() + " is not in this process"));
    }

    @Override
    public Optional<StreamBounds> bounds(StreamLocation location) {
        return shardOf(location).flatMap(shard -> shard.reader().bounds(location));
    }

    @Override
    public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
        return shardOf(location)
                .map(shard -> shard.reader().confirmedBounds(location))
                .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty()));
    }

    @Override
    public CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes) {
        return shardOf(location)
                .map(shard -> shard.reader().read(location, offset, maxBytes))
                .orElseGet(() -> CompletableFuture.completedFuture(
                        new TailRead.NotHere(location.shard() + " is not in this process")));
    }

    @Override
    public Watch watch(StreamLocation location, long offset, Runnable callback) {
        Optional<WalShard> shard = shardOf(location);
        if (shard.isEmpty()) {
            callback.run();
            return () -> {};
        }
        return shard.get().reader().watch(location, offset, callback);
    }

    @Override
    public CompletableFuture<Optional<Long>> trim(StreamLocation location, long offset) {
        Optional<WalShard> shard = shardOf(location);
        if (shard.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (offset < 0) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("Cannot trim to the negative offset " + offset));
        }
        Command trim = new Command.Trim(true, List.of(new Command.TrimPoint(location.stream(), offset)));
        return shard.get().commands().submit(trim).thenApply(reply -> switch (reply) {
            case Reply.Trimmed trimmed ->
                trimmed.logStart().isPresent() ? Optional.of(trimmed.logStart().getAsLong()) : Optional.empty();
            case Reply.BeyondEnd beyond ->
                throw new IllegalArgumentException(
                        "Cannot trim " + location.stream() + " to " + offset + ": it ends at " + beyond.end());
            default -> throw new ServiceException(FailureCode.INTERNAL, "Unexpected reply " + reply);
        });
    }

    /** The shards as housekeeping sees them, by number. */
    public List<ShardSegments> shardSegments() {
        List<ShardSegments> segments = new ArrayList<>(shards.size());
        for (WalShard shard : shards) {
            segments.add(shard.segments());
        }
        return segments;
    }

    @Override
    public Optional<NodeId> leaderOf(ShardId shard) {
        return shard.value() < shards.size() ? shards.get(shard.value()).leader() : Optional.empty();
    }

    /**
     * What each tenant has written, by name: to the shards that this process leads, all together. Every replica counts
     * the same; one of them tells.
     */
    public List<IngressUsage> ingressUsage() {
        Map<TenantId, IngressUsage> sums = new TreeMap<>(Comparator.comparing(TenantId::name));
        for (WalShard shard : shards) {
            if (!shard.machine().leads()) {
                continue;
            }
            List<IngressUsage> usages =
                    shard.machine().locked(() -> shard.machine().state().ingress());
            for (IngressUsage usage : usages) {
                sums.merge(
                        usage.tenant(),
                        usage,
                        (a, b) -> new IngressUsage(
                                a.tenant(),
                                a.batches() + b.batches(),
                                a.records() + b.records(),
                                a.bytes() + b.bytes()));
            }
        }
        return List.copyOf(sums.values());
    }

    /** What each shard has committed and not flushed yet, in bytes, by number. */
    public List<Long> tailBytes() {
        return shards.stream()
                .map(shard ->
                        shard.machine().locked(() -> shard.machine().state().unflushedBytes()))
                .toList();
    }

    /** Whether every shard has a leader that this process knows, itself or another: appends are accepted. */
    public boolean isReady() {
        return shards.stream().allMatch(shard -> shard.machine().hasLeader());
    }

    /** Why some shard does not do its work, though it may do so again; empty when all do. */
    public Optional<String> failure() {
        return opener.failure()
                .or(() -> shards.stream()
                        .flatMap(shard -> shard.failure().stream())
                        .findFirst());
    }

    /** Flushes what waits where this process leads, however little it is: before a node leaves for good. */
    public void flushSoon() {
        shards.forEach(shard -> shard.flusher().flushSoon());
    }

    /** Equal on every replica of the shard that has applied the same entries. */
    public long stateHash(int shard) {
        return shards.get(shard)
                .machine()
                .locked(() -> shards.get(shard).machine().state().stateHash());
    }

    private Optional<WalShard> shardOf(StreamLocation location) {
        return shard(location.shard());
    }

    private Optional<WalShard> shard(ShardId shard) {
        return shard.value() < shards.size() ? Optional.of(shards.get(shard.value())) : Optional.empty();
    }

    private Neighbours neighbours() {
        return new Neighbours() {
            @Override
            public Optional<ShardMachine> machine(ShardId shard) {
                return shard(shard).map(WalShard::machine);
            }

            @Override
            public Optional<CommandLine> commands(ShardId shard) {
                return shard(shard).map(WalShard::commands);
            }
        };
    }

    /**
     * Refuses what has not been submitted, commands that wait for their turn within a few seconds. The consensus is
     * closed by its owner, afterwards.
     */
    @Override
    public void close() {
        subscription.close();
        end();
    }

    private void end() {
        opener.end();
        joining.lock();
        try {
            closed = true;
        } finally {
            joining.unlock();
        }
        shards.forEach(WalShard::close);
        executor.shutdown();
        try {
            if (!executor.awaitTermination(COMMANDS_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException impatient) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
