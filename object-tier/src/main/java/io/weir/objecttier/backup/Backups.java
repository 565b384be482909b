package io.weir.objecttier.backup;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.objecttier.housekeeping.DeletionHold;
import io.weir.objecttier.housekeeping.StoreClaim;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the state of each group that is led here to the object store, when it has changed and the last copy is old
 * enough.
 *
 * <p>An object that a shard lets go of is held until a backup is there that knows of it: the newest backup never refers
 * to an object that was deleted, nor is a segment gone that was flushed after it. A leader that has made no backup yet
 * lets nothing be deleted. A group that ceased to lead while it was copied may have begun anew, and its copy be older
 * than what was seen before: that copy counts for nothing.
 *
 * <p>Threading: one virtual thread for all groups; {@link #mayDelete} by any thread.
 */
public final class Backups implements DeletionHold, AutoCloseable {
    /** Newest backups of a group that are kept: more than one, in case of damage to the newest. */
    static final int KEPT = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);
    private static final Duration AGAIN_AT_MOST = Duration.ofSeconds(30);
    /** How the names of shards' groups begin. */
    static final String SHARD_PREFIX = "wal-";

    private final Duration interval;
    private final Supplier<List<ConsensusGroup>> open;
    private final Supplier<List<ShardSegments>> shards;
    private final List<OfGroup> groups = new CopyOnWriteArrayList<>();
    private final StoreClaim claim;
    private final BackupStore backups;
    private final InstantSource clock;
    private final Map<ShardId, Set<ObjectKey>> released = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Counter taken;
    private final Counter takenBytes;
    private final Counter failures;

    /**
     * Backs nothing up yet.
     *
     * @param interval from one backup of a group to the next
     * @param groups that are open, and more of them as time goes by; likewise the shards
     * @param claim of the store: another cluster's backups are left alone
     */
    public Backups(
            Duration interval,
            Supplier<List<ConsensusGroup>> groups,
            Supplier<List<ShardSegments>> shards,
            ObjectStore store,
            StoreClaim claim,
            InstantSource clock,
            MeterRegistry meters) {
        this.interval = interval;
        this.claim = claim;
        this.clock = clock;
        this.backups = new BackupStore(store);
        this.open = groups;
        this.shards = shards;
        lookForGroups();
        taken = meters.counter("weir.backup.taken");
        takenBytes = meters.counter("weir.backup.bytes");
        failures = meters.counter("weir.backup.failures");
        Gauge.builder("weir.backup.age.seconds", this, Backups::ageSeconds)
                .description("Time since the state of each group that is led here was last backed up, or had not"
                        + " changed, of the one that waits longest")
                .register(meters);
        Gauge.builder("weir.backup.interval.seconds", this, backing -> backing.interval.toSeconds())
                .description("Time from one copy of a group's state to the next, as it was set")
                .register(meters);
    }

    /** One that was opened a moment ago, and whose shard is not there yet, is found the next time. */
    private void lookForGroups() {
        Set<String> known = new HashSet<>();
        groups.forEach(group -> known.add(group.group.name()));
        for (ConsensusGroup group : open.get()) {
            Optional<ShardSegments> shard = shards.get().stream()
                    .filter(each ->
                            group.name().equals(SHARD_PREFIX + each.shard().value()))
                    .findFirst();
            boolean isWhole = shard.isPresent() || !group.name().startsWith(SHARD_PREFIX);
            if (isWhole && !known.contains(group.name())) {
                groups.add(new OfGroup(group, shard, clock.millis()));
            }
        }
    }

    /** What is known of one group. */
    private static final class OfGroup {
        private final ConsensusGroup group;
        private final Optional<ShardSegments> shard;
        private LogPosition copied = LogPosition.NONE;
        private volatile long currentAtMs;

        private OfGroup(ConsensusGroup group, Optional<ShardSegments> shard, long nowMs) {
            this.group = group;
            this.shard = shard;
            this.currentAtMs = nowMs;
        }

        private boolean isLedHere() {
            return group.leadership() instanceof Leadership.Leading;
        }
    }

    /** Begins to work. */
    public void start() {
        Thread.ofVirtual().name("backup").start(this::run);
    }

    @Override
    public boolean mayDelete(ShardId shard, ObjectKey retired) {
        return released.getOrDefault(shard, Set.of()).contains(retired);
    }

    private void run() {
        Duration again = interval.compareTo(AGAIN_AT_MOST) < 0 ? interval : AGAIN_AT_MOST;
        try {
            while (!closed.await(again.toMillis(), TimeUnit.MILLISECONDS)) {
                pass();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Backs up what is due. A failure of one group does not keep the others. */
    void pass() {
        lookForGroups();
        for (OfGroup group : groups) {
            long nowMs = clock.millis();
            if (!group.isLedHere()) {
                group.currentAtMs = nowMs;
                group.copied = LogPosition.NONE;
            } else if (group.copied.equals(LogPosition.NONE) || nowMs - group.currentAtMs >= interval.toMillis()) {
                try {
                    backUp(group, nowMs);
                } catch (RuntimeException | Error failure) {
                    failures.increment();
                    LOG.atWarn()
                            .addKeyValue("group", group.group.name())
                            .addKeyValue(
                                    "failureCode",
                                    ServiceException.of(failure).code().label())
                            .addKeyValue("cause", ServiceException.of(failure).getMessage())
                            .log("A group's state could not be backed up; it is tried again");
                }
            }
        }
    }

    private void backUp(OfGroup of, long nowMs) {
        if (of.group.applied().equals(of.copied)) {
            of.currentAtMs = nowMs;
            return;
        }
        claim.take().join();
        Leadership leadership = of.group.leadership();
        // Before the copy: what was let go of by now, the copy does not refer to.
        Set<ObjectKey> retired = new HashSet<>();
        of.shard.ifPresent(
                shard -> shard.retired().stream().map(RetiredObject::key).forEach(retired::add));
        StateBytes state = new StateBytes(BackupStore.MAX_BYTES);
        LogPosition position = of.group.copyState(state).join();
        if (!(leadership instanceof Leadership.Leading) || !leadership.equals(of.group.leadership())) {
            throw new ServiceException(
                    FailureCode.NOT_LEADER, of.group.name() + " was not led in one term while it was copied");
        }
        List<ByteBuffer> pieces = state.pieces();
        backups.put(new Backup(of.group.name(), position), nowMs, pieces);
        of.shard.ifPresent(shard -> released.put(shard.shard(), Set.copyOf(retired)));
        of.copied = position;
        of.currentAtMs = nowMs;
        taken.increment();
        takenBytes.increment(
                (double) pieces.stream().mapToLong(ByteBuffer::limit).sum());
        backups.keepNewest(of.group.name(), KEPT);
    }

    private double ageSeconds() {
        long now = clock.millis();
        return groups.stream()
                        .filter(OfGroup::isLedHere)
                        .mapToLong(group -> Math.max(0, now - group.currentAtMs))
                        .max()
                        .orElse(0)
                / 1000.0;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
