package io.weir.metadata;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.weir.contracts.consensus.ConsensusGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a group's snapshot written and published after enough log: never more often than a snapshot is large, so that
 * snapshots at most double what is written.
 *
 * <p>Threading: any thread.
 */
final class SnapshotSchedule {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotSchedule.class);

    /** What the log adds to an entry, about. */
    private static final int FRAME_BYTES = 64;

    private final String name;
    private final long leastBytes;
    private final Executor threads;
    private @Nullable ConsensusGroup group;
    private long bytesSince;
    private long lastSnapshotBytes;
    private boolean running;
    private long publishedNanos = System.nanoTime();

    SnapshotSchedule(String name, long leastBytes, MeterRegistry meters) {
        this(
                name,
                leastBytes,
                meters,
                work -> Thread.ofVirtual().name("weir-snapshot-" + name).start(work));
    }

    /** @param threads does each work on a thread of its own, and throws where none can be made */
    SnapshotSchedule(String name, long leastBytes, MeterRegistry meters, Executor threads) {
        this.name = name;
        this.leastBytes = leastBytes;
        this.threads = threads;
        Gauge.builder("weir.metadata.snapshot.age", this, SnapshotSchedule::ageSeconds)
                .baseUnit("seconds")
                .description("Time since a snapshot of the group was published, or since start")
                .tags(Tags.of("group", name))
                .register(meters);
    }

    /** From now on snapshots can be taken, where the group's log is kept. */
    synchronized void start(ConsensusGroup opened) {
        if (opened.keepsLog()) {
            group = opened;
            startIfDue();
        }
    }

    synchronized void applied(int bytes) {
        bytesSince += bytes + FRAME_BYTES;
        startIfDue();
    }

    synchronized void written(long bytes) {
        lastSnapshotBytes = bytes;
    }

    private void startIfDue() {
        ConsensusGroup opened = group;
        if (opened == null || running || bytesSince < Math.max(leastBytes, lastSnapshotBytes)) {
            return;
        }
        running = true;
        long covered = bytesSince;
        try {
            threads.execute(() -> take(opened, covered));
        } catch (RuntimeException | Error refused) {
            // Whoever applies an entry must not fail for it.
            ended(covered, refused);
        }
    }

    private void take(ConsensusGroup opened, long covered) {
        CompletableFuture<Void> published;
        try {
            published = opened.prepareSnapshot().thenCompose(ConsensusGroup.PreparedSnapshot::publish);
        } catch (RuntimeException | Error refused) {
            published = CompletableFuture.failedFuture(refused);
        }
        var _ = published.whenComplete((done, failure) -> ended(covered, failure));
    }

    private synchronized void ended(long covered, @Nullable Throwable failure) {
        running = false;
        if (failure == null) {
            bytesSince -= covered;
            publishedNanos = System.nanoTime();
            LOG.atInfo().addKeyValue("group", name).log("Published a snapshot");
            return;
        }
        bytesSince = Math.max(leastBytes, lastSnapshotBytes) * 3 / 4;
        LOG.atWarn().addKeyValue("group", name).setCause(failure).log("Could not take a snapshot");
    }

    private synchronized double ageSeconds() {
        return group == null ? 0 : (System.nanoTime() - publishedNanos) / 1e9;
    }
}
