package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.follow.LogEntry;
import io.weir.consensus.ratis.follow.News;
import io.weir.consensus.ratis.follow.RemoteLog;
import io.weir.consensus.ratis.follow.Subscription;
import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group on a node that has no replica of it (ADR 9): its state is in memory only, and follows the log of some
 * replica. What is submitted here, and what must be current, is the leader's, as on a replica that follows (ADR 8).
 *
 * <p>Threading: any thread. The state is called under a lock, by the transport's thread that brings an entry.
 */
final class FollowedGroup implements ConsensusGroup, Subscription.Follower {
    private static final Logger LOG = LoggerFactory.getLogger(FollowedGroup.class);
    /** What an entry takes in a log beside its bytes, about. */
    private static final int FRAME_BYTES = 64;
    /** Of a replica that says nothing, has heard nothing of the leader or does not get on: another is asked. */
    private static final int SILENT_ELECTION_TIMEOUTS = 6;
    /** After so long without any word nobody is known to lead. */
    private static final int LOST_ELECTION_TIMEOUTS = 12;

    private static final Duration READ_PATIENCE = Duration.ofSeconds(10);

    private final String name;
    private final ReplicatedState state;
    private final FollowingConsensus consensus;
    private final PeerChannels channels;
    private final PeerId self;
    private final Path arriving;
    private final int maxEntryBytes;
    private final long electionTimeoutNanos;
    private final InFlight inFlight;
    private final LeadershipOfGroup leadership;
    private final LeaderElsewhere leader;
    private final StateCheck check;
    private final Replicas replicas;
    private final RemoteLog log;

    private final ReentrantLock applying = new ReentrantLock();
    private volatile LogPosition applied = LogPosition.NONE;
    private volatile @Nullable Subscription current;
    /** The last that began, be it over. */
    private volatile @Nullable Subscription latest;

    private volatile long heardNanos = System.nanoTime();
    /** What the first replica that knew a leader had applied by then: before that, what is here is of long ago. */
    private long caughtUpAt = Long.MAX_VALUE;

    private long subscribedNanos;
    private final AtomicLong logBytes = new AtomicLong();
    private volatile List<ReplicaLag> lags = List.of();
    private volatile @Nullable String failure;
    private volatile boolean closed;

    /** One that does not follow yet. */
    FollowedGroup(
            String name,
            ReplicatedState state,
            Supplier<List<Peer>> founders,
            ConsensusConfig config,
            FollowingConsensus around) {
        this.name = name;
        this.state = state;
        this.consensus = around;
        this.channels = around.channels();
        this.self = around.self();
        this.arriving = config.directory().resolve("arriving").resolve(name);
        this.maxEntryBytes = config.limitsOf(name).maxEntryBytes();
        this.electionTimeoutNanos = config.electionTimeout().toNanos();
        this.inFlight = new InFlight(config.inFlightEntries(), config.inFlightBytes());
        this.leadership = new LeadershipOfGroup(state::leadershipChanged);
        this.replicas = new Replicas(founders, self.node().value(), config.electionTimeout());
        this.log = new RemoteLog(name, maxEntryBytes, READ_PATIENCE);
        this.leader = new LeaderElsewhere(
                name,
                self,
                channels,
                leadership::now,
                replicas::of,
                () -> applied.index(),
                RatisConsensus.patience(config));
        this.check = new StateCheck(
                name, GroupSnapshots.threads(name, "check"), entry -> CompletableFuture.completedFuture(false));
        state.reset();
    }

    @Override
    public String name() {
        return name;
    }

    /**
     * Asks the next replica for what comes behind the last entry here; once what an earlier one brought is dealt with.
     * May block: who is next may have to be looked up, which holds up nobody else.
     */
    void follow() {
        try {
            if (isToFollow()) {
                follow(replicas.next().flatMap(channels::to));
            }
        } catch (RuntimeException | Error e) {
            // Nobody else would have the next one asked.
            LOG.atWarn().addKeyValue("group", name).setCause(e).log("A replica could not be asked");
            followLater();
        }
    }

    private boolean isToFollow() {
        applying.lock();
        try {
            return !closed && failure == null && current == null;
        } finally {
            applying.unlock();
        }
    }

    private void follow(Optional<ManagedChannel> to) {
        applying.lock();
        try {
            if (!isToFollow()) {
                return;
            }
            if (to.isEmpty()) {
                followLater();
                return;
            }
            Subscription next = new Subscription(to.get(), maxEntryBytes, arriving, this);
            subscribedNanos = System.nanoTime();
            current = next;
            try {
                next.start(name, self, applied.index());
                latest = next;
            } catch (RuntimeException | Error e) {
                current = null;
                next.cancel("It could not begin");
                throw e;
            }
        } finally {
            applying.unlock();
        }
    }

    private void followLater() {
        consensus.later(this::follow, replicas.pause());
    }

    @Override
    public void ended(Subscription from, String why) {
        applying.lock();
        try {
            if (current == from) {
                current = null;
                LOG.atDebug().addKeyValue("group", name).log("A replica is followed no further: {}", why);
                followLater();
            }
        } finally {
            applying.unlock();
        }
    }

    @Override
    public void told(Subscription from, News news) {
        applying.lock();
        try {
            if (!isHeard(from)) {
                return;
            }
            logBytes.set(news.logBytes());
            replicas.are(news.peers());
            lags = news.lags();
            news.leader().ifPresent(it -> led(it, news.applied()));
            long silentNanos = Math.min(news.silence().toNanos(), System.nanoTime() - subscribedNanos);
            if (silentNanos > SILENT_ELECTION_TIMEOUTS * electionTimeoutNanos) {
                // Were it the only one that is known, it may be no peer, and others may have to be looked up.
                from.cancel("It has not heard of a leader, or has not got on, for " + news.silence());
            }
        } finally {
            applying.unlock();
        }
    }

    /** Under the lock. */
    private void led(Leader by, long appliedThere) {
        caughtUpAt = Math.min(caughtUpAt, appliedThere);
        if (applied.index() >= appliedThere) {
            replicas.answered();
        }
        if (applied.index() >= caughtUpAt) {
            leadership.following(by.term(), Optional.of(by));
        }
    }

    /**
     * Under the lock: whether it still counts. It is good that it speaks, and no more than that: so does one whose
     * snapshot cannot be used, and which would be asked for it again at once.
     */
    private boolean isHeard(Subscription from) {
        if (current != from || closed || failure != null) {
            return false;
        }
        heardNanos = System.nanoTime();
        return true;
    }

    @Override
    public void snapshot(Subscription from, LogPosition position, InputStream content) throws IOException {
        applying.lock();
        try {
            if (!isHeard(from)) {
                return;
            }
            if (position.compareTo(applied) <= 0) {
                throw new IOException("A snapshot at " + position + " behind " + applied);
            }
            try {
                state.restore(content, position);
            } catch (IOException | RuntimeException damaged) {
                LOG.atError().addKeyValue("group", name).setCause(damaged).log("A snapshot could not be restored");
                beginAnew();
                throw new IOException("Not restored: " + damaged, damaged);
            }
            applied = position;
            replicas.answered();
            leader.skippedTo(position);
            LOG.atInfo()
                    .addKeyValue("group", name)
                    .addKeyValue("index", position.index())
                    .log("Caught up by a snapshot of a replica's");
        } finally {
            applying.unlock();
        }
    }

    /** Under the lock: what is here cannot be gone on with. */
    private void beginAnew() {
        applied = LogPosition.NONE;
        caughtUpAt = Long.MAX_VALUE;
        leadership.none();
        leader.abandon(FailureCode.NOT_LEADER, "Group " + name + " is followed from its beginning");
        state.reset();
    }

    @Override
    public void entry(Subscription from, LogEntry entry) {
        applying.lock();
        try {
            if (!isHeard(from)) {
                return;
            }
            LogPosition position = entry.position();
            if (position.index() != applied.index() + 1 || position.term() < applied.term()) {
                LOG.atError()
                        .addKeyValue("group", name)
                        .addKeyValue("index", position.index())
                        .log("A replica told of {} behind {}: followed anew", position, applied);
                beginAnew();
                from.cancel("Not the next entry");
                return;
            }
            apply(from, entry);
        } finally {
            applying.unlock();
        }
    }

    private void apply(Subscription from, LogEntry entry) {
        LogPosition position = entry.position();
        Forwarded forwarded = entry.kind() == LogEntry.Kind.SUBMITTED
                ? leader.recognized(ClientId.valueOf(entry.client()).toByteString(), entry.call())
                : null;
        Object reply;
        try {
            reply = switch (entry.kind()) {
                case LIBRARYS -> position;
                case GROUPS -> {
                    check.applied(position, entry.bytes(), state);
                    yield position;
                }
                case SUBMITTED -> state.apply(position, forwarded == null ? entry.bytes() : forwarded.pieces());
            };
        } catch (RuntimeException | Error bug) {
            failed(position, bug);
            if (forwarded != null) {
                forwarded.lost("The state threw at " + position);
            }
            from.cancel("The state threw");
            return;
        }
        applied = position;
        replicas.answered();
        logBytes.addAndGet(entry.size() + (long) FRAME_BYTES);
        leader.applied(position);
        if (forwarded != null) {
            forwarded.applied(position, reply);
        }
    }

    private void failed(LogPosition position, Throwable bug) {
        failure = "State of group " + name + " failed at " + position + ": " + bug;
        current = null;
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("index", position.index())
                .setCause(bug)
                .log("The state threw; the group is followed no further");
        leadership.none();
        leader.abandon(FailureCode.NOT_LEADER, "The state threw at " + position);
    }

    /** Now and then. */
    void tick() {
        leader.tick();
        log.tick();
        Subscription now = current;
        if (now != null && now.silentNanos() > SILENT_ELECTION_TIMEOUTS * electionTimeoutNanos) {
            now.cancel("It has gone silent");
        }
        if (System.nanoTime() - heardNanos > LOST_ELECTION_TIMEOUTS * electionTimeoutNanos && !applying.isLocked()) {
            leadership.none();
        }
    }

    /** Who may be asked. */
    Stream<Peer> peers() {
        return replicas.all();
    }

    @Override
    public Leadership leadership() {
        return leadership.now();
    }

    @Override
    public LogPosition applied() {
        return applied;
    }

    /** Nothing is led here. */
    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term) {
        return CompletableFuture.completedFuture(notLed());
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
        int size = Proposal.sizeOf(entry, maxEntryBytes, name);
        Submission.NotAccepted refusal = refusal();
        if (refusal == null && !inFlight.acquire(size)) {
            refusal = new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Interrupted while waiting to submit");
        } else if (refusal == null) {
            refusal = refusal();
            Optional<Leader> to = leadership.leader();
            if (refusal == null && to.isPresent()) {
                return leader.submit(entry, to.get()).whenComplete((outcome, impossible) -> inFlight.release(size));
            }
            inFlight.release(size);
        }
        return CompletableFuture.completedFuture(refusal == null ? notLed() : refusal);
    }

    private Submission.@Nullable NotAccepted refusal() {
        if (closed) {
            return new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Group " + name + " is closed");
        }
        String failed = failure;
        if (failed != null) {
            return new Submission.NotAccepted(FailureCode.INTERNAL, failed);
        }
        return leadership.leader().isPresent() ? null : notLed();
    }

    private Submission.NotAccepted notLed() {
        return new Submission.NotAccepted(FailureCode.NOT_LEADER, "Group " + name + " has no known leader");
    }

    @Override
    public CompletableFuture<Void> barrier() {
        Submission.NotAccepted refusal = refusal();
        return refusal == null
                ? leader.barrier()
                : CompletableFuture.failedFuture(new ServiceException(FailureCode.NOT_LEADER, refusal.message()));
    }

    @Override
    public List<ReplicaLag> replicas() {
        List<ReplicaLag> heard = lags;
        return replicas.known()
                .map(peer -> heard.stream()
                        .filter(lag -> lag.peer().equals(peer.id()))
                        .findFirst()
                        .orElseGet(() -> new ReplicaLag(peer.id(), OptionalLong.empty())))
                .toList();
    }

    @Override
    public List<ByteBuffer> read(long index) {
        return log.read(
                index,
                () -> replicas.all().flatMap(peer -> channels.to(peer).stream()).toList());
    }

    @Override
    public boolean keepsLog() {
        return false;
    }

    @Override
    public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
        return CompletableFuture.failedFuture(new ServiceException(
                FailureCode.INTERNAL, "Group " + name + " is followed here: those that keep its log take snapshots"));
    }

    @Override
    public CompletableFuture<LogPosition> copyState(OutputStream target) {
        return CompletableFuture.failedFuture(new ServiceException(
                FailureCode.INTERNAL, "Group " + name + " is followed here: its leader copies its state"));
    }

    @Override
    public long logBytes() {
        return logBytes.get();
    }

    @Override
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public Optional<String> divergence() {
        return check.divergence();
    }

    @Override
    public void close() {
        consensus.close(this);
    }

    /** Nothing is applied any more; what was in flight stays unknown. */
    void end() {
        closed = true;
        applying.lock();
        try {
            current = null;
            Subscription last = latest;
            if (last != null) {
                last.cancel("Group " + name + " is closed");
            }
            leadership.none();
        } finally {
            applying.unlock();
        }
        leader.abandon(FailureCode.SHUTTING_DOWN, "Group " + name + " was closed");
    }

    /** Behind the end: waits until no file is touched. The next that follows the group on this node has the same. */
    void awaitEnd(long untilNanos) {
        Subscription last = latest;
        if (last != null && !last.awaitEnd(Duration.ofNanos(untilNanos - System.nanoTime()))) {
            LOG.atWarn().addKeyValue("group", name).log("What a replica sends has not ended in time");
        }
    }
}
