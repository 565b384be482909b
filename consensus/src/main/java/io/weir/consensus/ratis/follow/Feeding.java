package io.weir.consensus.ratis.follow;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one subscriber what a replica has applied: a snapshot where the log does not reach back so far, then each
 * entry, and news at a steady pace. In memory is only what is on its way: a subscriber that is slow falls behind.
 *
 * <p>Threading: a virtual thread of its own, which {@link #run}s.
 */
final class Feeding implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Feeding.class);
    private static final int PART_BYTES = 256 << 10;
    /** An entry that is neither in the log nor in a snapshot is being purged at this moment, or the log is damaged. */
    private static final int MOST_MISSES = 100;

    private static final Duration AFTER_A_MISS = Duration.ofMillis(10);

    private final String group;
    private final ReplicaSide replica;
    private final Outgoing out;
    private final long paceNanos;
    private final Runnable afterwards;
    private long next;
    private int misses;
    private @Nullable Leadership told;
    private long toldNanos;

    /** @param afterwards the subscription has ended */
    Feeding(ToReplica.Subscription wanted, ReplicaSide replica, Outgoing out, Duration newsPace, Runnable afterwards) {
        this.group = wanted.group();
        this.replica = replica;
        this.out = out;
        this.next = wanted.applied() + 1;
        this.paceNanos = newsPace.toNanos();
        this.afterwards = afterwards;
    }

    @Override
    public void run() {
        out.begin();
        Runnable unregister = replica.whenever(out::wake);
        try (ReplicaSide.Reading log = replica.reading()) {
            while (!out.isOver()) {
                if (!replica.isRunning()) {
                    out.end(Status.UNAVAILABLE.withDescription("Group " + group + " does not run here"));
                } else {
                    step(log);
                }
            }
        } catch (IOException | RuntimeException failed) {
            LOG.atWarn().addKeyValue("group", group).setCause(failed).log("A subscription ended at entry {}", next);
            out.end(Status.UNAVAILABLE.withDescription(String.valueOf(failed.getMessage())));
        } finally {
            unregister.run();
            afterwards.run();
        }
    }

    private void step(ReplicaSide.Reading log) throws IOException {
        if (!out.isReady()) {
            out.await(paceNanos);
            return;
        }
        long untilNews = toldNanos + paceNanos - System.nanoTime();
        Leadership now = replica.leadership();
        if (told == null || !now.equals(told) || untilNews <= 0) {
            told = now;
            toldNanos = System.nanoTime();
            out.send(new FromReplica.Told(replica.news()));
        } else if (next <= replica.applied()) {
            tell(log);
        } else {
            out.await(untilNews);
        }
    }

    private void tell(ReplicaSide.Reading log) throws IOException {
        boolean beginsAnew = next == 0 && replica.snapshot().isPresent();
        Optional<LogEntry> entry = beginsAnew ? Optional.empty() : entry(log);
        if (entry.isPresent()) {
            out.send(new FromReplica.Entry(entry.get()));
            next++;
            misses = 0;
            return;
        }
        Optional<ReplicaSide.SnapshotFile> snapshot =
                replica.snapshot().filter(it -> next <= it.position().index());
        if (snapshot.isPresent() && sent(snapshot.get())) {
            next = snapshot.get().position().index() + 1;
            misses = 0;
        } else {
            if (++misses > MOST_MISSES) {
                throw new IOException("Entry " + next + " is neither in the log nor in a snapshot");
            }
            out.await(AFTER_A_MISS.toNanos());
        }
    }

    private Optional<LogEntry> entry(ReplicaSide.Reading log) {
        try {
            return log.at(next);
        } catch (ServiceException damaged) {
            LOG.atError()
                    .addKeyValue("group", group)
                    .addKeyValue("index", next)
                    .setCause(damaged)
                    .log("Unreadable");
            throw damaged;
        }
    }

    /** Whether it was still there. */
    private boolean sent(ReplicaSide.SnapshotFile snapshot) throws IOException {
        try (FileChannel file = FileChannel.open(snapshot.path(), StandardOpenOption.READ)) {
            out.send(new FromReplica.Snapshot(snapshot.position(), file.size(), snapshot.checksum()));
            long left = file.size();
            while (left > 0 && !out.isOver()) {
                if (!out.isReady()) {
                    out.await(paceNanos);
                    continue;
                }
                ByteBuffer part = ByteBuffer.allocate((int) Math.min(PART_BYTES, left));
                while (part.hasRemaining()) {
                    if (file.read(part) < 0) {
                        throw new IOException("Snapshot " + snapshot.path() + " shrank while it was read");
                    }
                }
                left -= part.capacity();
                out.send(new FromReplica.Part(part.flip()));
            }
            return true;
        } catch (java.nio.file.NoSuchFileException replaced) {
            LOG.atDebug().addKeyValue("group", group).setCause(replaced).log("A newer snapshot took its place");
            return false;
        }
    }
}
