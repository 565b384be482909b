package io.weir.consensus.ratis;

import io.weir.consensus.ratis.follow.FollowService;
import io.weir.consensus.ratis.follow.LogEntry;
import io.weir.consensus.ratis.follow.News;
import io.weir.consensus.ratis.follow.ReplicaSide;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.jspecify.annotations.Nullable;

/** A replica with the log that it is given, behind the real service on a real port. */
final class FakeReplica implements ReplicaSide, AutoCloseable {
    private static final Leader LEADER = new Leader(new NodeId(1), 1);

    private final Server server;
    private final Peer peer;
    private final Map<Long, LogEntry> log = new ConcurrentHashMap<>();
    private final List<Runnable> told = new CopyOnWriteArrayList<>();
    private final AtomicInteger readings = new AtomicInteger();
    private final List<Long> begunNanos = new CopyOnWriteArrayList<>();
    private final AtomicInteger news = new AtomicInteger();
    private volatile long applied = -1;
    private volatile long furthestRead = -1;
    private volatile Duration silence = Duration.ZERO;
    private volatile boolean led = true;
    private volatile List<Peer> members = List.of();
    private volatile boolean running = true;
    private volatile @Nullable SnapshotFile snapshot;

    FakeReplica(int node, Duration newsPace, int mostSubscriptions, int mostReads) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new FollowService(
                                name -> name.equals(Peers.GROUP) ? this : null, newsPace, mostSubscriptions, mostReads)
                        .definition())
                .build()
                .start();
        peer = new Peer(new PeerId(new NodeId(node), 1), "127.0.0.1", server.getPort());
    }

    Peer peer() {
        return peer;
    }

    /** Puts an entry at an index, perhaps not its own. */
    void put(long at, LogEntry entry) {
        log.put(at, entry);
        applied = Math.max(applied, at);
        told.forEach(Runnable::run);
    }

    static LogEntry entry(long index, List<ByteBuffer> bytes) {
        return new LogEntry(new LogPosition(1, index), LogEntry.Kind.SUBMITTED, new UUID(5, 6), index, bytes);
    }

    void purge(long upTo, @Nullable SnapshotFile instead) {
        snapshot = instead;
        log.keySet().removeIf(index -> index <= upTo);
    }

    /** Since when it pretends to have heard of nobody. */
    void silence(Duration since) {
        silence = since;
    }

    /** It pretends to be no peer of the group. */
    void beStranger(Peer... others) {
        members = List.of(others);
        led = false;
        silence(Duration.ofMinutes(1));
    }

    void stopRunning() {
        running = false;
        told.forEach(Runnable::run);
    }

    void runAgain() {
        running = true;
    }

    /** How often it has said how it stands. */
    int newsTold() {
        return news.get();
    }

    /** How many read from it now. */
    int readings() {
        return readings.get();
    }

    /** When each subscription so far began. */
    List<Long> begunNanos() {
        return begunNanos;
    }

    long furthestRead() {
        return furthestRead;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public long applied() {
        return applied;
    }

    private Optional<Leader> leader() {
        return led ? Optional.of(LEADER) : Optional.empty();
    }

    @Override
    public Leadership leadership() {
        return new Leadership.Following(leader());
    }

    @Override
    public News news() {
        news.incrementAndGet();
        return new News(applied, 0, silence, leader(), members, List.of());
    }

    @Override
    public Optional<SnapshotFile> snapshot() {
        return Optional.ofNullable(snapshot);
    }

    @Override
    public Reading reading() {
        readings.incrementAndGet();
        begunNanos.add(System.nanoTime());
        return new Reading() {
            @Override
            public Optional<LogEntry> at(long index) {
                furthestRead = Math.max(furthestRead, index);
                return Optional.ofNullable(log.get(index));
            }

            @Override
            public void close() {
                readings.decrementAndGet();
            }
        };
    }

    @Override
    public Runnable whenever(Runnable something) {
        told.add(something);
        return () -> told.remove(something);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
