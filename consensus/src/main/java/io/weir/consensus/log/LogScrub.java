package io.weir.consensus.log;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the closed segments of logs, once in a given time and again, and checks every entry: a replica whose disk
 * forgets is known while the others are whole, not when one of these is lost. A start reads the whole log anyway, and
 * refuses it for the same damage.
 *
 * <p>Threading: a thread of its own; the figures any.
 */
public final class LogScrub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogScrub.class);
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final Supplier<List<Path>> logs;
    private final Duration every;
    private final Map<Path, Round> rounds = new HashMap<>();
    private final Set<Path> damaged = ConcurrentHashMap.newKeySet();
    private final LongAdder bytes = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** How far one log was looked at, and how much of it may be read by now. */
    private static final class Round {
        private long first = -1;
        private double creditBytes;
    }

    /**
     * Reads nothing yet.
     *
     * @param logs the directories of logs there are
     * @param every the time in which each is read
     */
    public LogScrub(Supplier<List<Path>> logs, Duration every, MeterRegistry meters) {
        this.logs = logs;
        this.every = every;
        Gauge.builder("weir.scrub.damaged.logs", damaged, Set::size)
                .description("Closed segments of logs that were found damaged or unreadable by reading them all")
                .register(meters);
        FunctionCounter.builder("weir.scrub.log.bytes", bytes, LongAdder::sum)
                .description("Read of closed segments of logs to find damage")
                .register(meters);
    }

    /** Begins to read. */
    public void start() {
        Thread.ofPlatform().daemon().name("log-scrub").start(this::run);
    }

    private void run() {
        long lastNanos = System.nanoTime();
        try {
            while (!closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                long nowNanos = System.nanoTime();
                pass(Duration.ofNanos(nowNanos - lastNanos));
                lastNanos = nowNanos;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads what is due after so much time. What goes wrong ends neither the thread nor another log's turn. */
    void pass(Duration elapsed) {
        try {
            List<Path> now = logs.get();
            rounds.keySet().retainAll(Set.copyOf(now));
            damaged.removeIf(file -> !Files.exists(file));
            now.forEach(log -> passUnlessItFails(log, elapsed));
        } catch (RuntimeException failure) {
            LOG.atWarn().setCause(failure).log("Logs cannot be scrubbed now");
        }
    }

    private void passUnlessItFails(Path log, Duration elapsed) {
        try {
            pass(log, rounds.computeIfAbsent(log, its -> new Round()), elapsed);
        } catch (IOException | RuntimeException failure) {
            LOG.atWarn().addKeyValue("log", log).setCause(failure).log("A log cannot be scrubbed now");
        }
    }

    private void pass(Path log, Round round, Duration elapsed) throws IOException {
        List<SegmentFile> segments = SegmentFile.list(log).stream()
                .filter(segment -> !segment.isOpen())
                .toList();
        double total = 0;
        for (SegmentFile segment : segments) {
            total += size(segment);
        }
        double share = (double) elapsed.toNanos() / every.toNanos();
        round.creditBytes = Math.min(round.creditBytes + total * share, total);
        for (int i = 0; i < segments.size() && round.creditBytes > 0; i++) {
            SegmentFile segment = next(segments, round.first);
            scrub(log, segment);
            round.first = segment.first();
            round.creditBytes -= size(segment);
        }
    }

    /** Of one that cannot even be measured, as little as may be: its turn comes, and says why. */
    private static double size(SegmentFile segment) {
        try {
            return Files.size(segment.path());
        } catch (IOException unreadable) {
            LOG.atDebug()
                    .addKeyValue("file", segment.path())
                    .setCause(unreadable)
                    .log("Of unknown size");
            return 1;
        }
    }

    /** The one behind the last, or the first again. */
    private static SegmentFile next(List<SegmentFile> segments, long last) {
        return segments.stream()
                .filter(segment -> segment.first() > last)
                .findFirst()
                .orElseGet(segments::getFirst);
    }

    /**
     * A sector that the disk gives no more is damage as much as one with other bytes. A segment that the group deletes
     * or cuts meanwhile, which it renames for that, is none of ours.
     */
    private void scrub(Path log, SegmentFile segment) {
        try {
            bytes.add(LogCheck.closedSegment(log, segment));
            damaged.remove(segment.path());
        } catch (ServiceException damage) {
            found(
                    segment.path(),
                    damage,
                    "Scrubbing found a damaged log: one replica of several is replaced when its node is started again");
        } catch (IOException unreadable) {
            found(
                    segment.path(),
                    unreadable,
                    "Scrubbing found a log that cannot be read: a node of several returns on another disk without its"
                            + " directory");
        }
    }

    private void found(Path file, Exception cause, String message) {
        if (!Files.exists(file)) {
            LOG.atDebug().addKeyValue("file", file).log("Purged before it was scrubbed");
        } else if (damaged.add(file)) {
            LOG.atError()
                    .addKeyValue("file", file)
                    .addKeyValue("cause", cause.toString())
                    .log(message);
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
