package io.weir.lakehouse.feed;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds every topic that has a table, in small steps, the one that has waited longest first.
 *
 * <p>Threading: any thread. Its workers are started by {@link #start}; a simulation calls {@link #runOne} instead.
 */
public final class TableFeeds implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TableFeeds.class);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final Duration INTERRUPTED = Duration.ofSeconds(1);
    private static final long LONGEST_WAIT_MS = 1_000;

    private final FeedContext context;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition due = lock.newCondition();
    private final PriorityQueue<Turn> queue = new PriorityQueue<>();
    private final Map<TopicId, TopicFeed> feeds = new HashMap<>();
    private final List<Thread> workers = new ArrayList<>();
    private MetadataSource.@Nullable Subscription subscription;
    private long turns;
    private boolean closed;

    /** When a feed is to be stepped next. */
    private record Turn(long atMs, long number, TopicFeed feed) implements Comparable<Turn> {
        @Override
        public int compareTo(Turn other) {
            return atMs != other.atMs ? Long.compare(atMs, other.atMs) : Long.compare(number, other.number);
        }
    }

    /**
     * Feeds that do nothing yet.
     *
     * @param monotonicMs milliseconds that never go back
     * @param ids names of tables and files
     */
    public TableFeeds(
            FeedPorts ports,
            FeedConfig config,
            NodeId node,
            LongSupplier monotonicMs,
            Supplier<UUID> ids,
            MeterRegistry meters) {
        this.context = new FeedContext(
                ports, config, node, monotonicMs, ids, new WriterMemory(config.memoryBytes()), new FeedMeters(meters));
        Gauge.builder("weir.table.memory", context.memory(), WriterMemory::used)
                .description("Memory that files being written are counted with")
                .baseUnit("bytes")
                .register(meters);
    }

    /** Follows the topics, and begins to work. */
    public void start() {
        follow();
        lock.lock();
        try {
            for (int i = 0; i < context.config().workers(); i++) {
                workers.add(
                        Thread.ofPlatform().daemon().name("weir-tables-" + i).start(this::work));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Follows the topics. */
    public void follow() {
        subscription = context.ports().metadata().subscribe(this::onImage);
    }

    private void onImage(MetadataImage image, Set<TopicId> changed, Set<TopicId> deleted) {
        lock.lock();
        try {
            for (TopicId topic : changed) {
                if (!closed && image.topic(topic).isPresent() && !feeds.containsKey(topic)) {
                    TopicFeed feed = new TopicFeed(context, topic);
                    feeds.put(topic, feed);
                    queue.add(new Turn(context.nowMs(), turns++, feed));
                    due.signal();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        while (true) {
            TopicFeed feed = next();
            if (feed == null) {
                return;
            }
            step(feed);
        }
    }

    private void step(TopicFeed feed) {
        long again = context.nowMs() + LONGEST_WAIT_MS;
        try {
            again = feed.step();
        } catch (RuntimeException | Error bug) {
            LOG.atError().addKeyValue("topic", feed.id()).setCause(bug).log("A table's feed failed in itself");
        } finally {
            enqueue(feed, again);
        }
    }

    private void enqueue(TopicFeed feed, long atMs) {
        lock.lock();
        try {
            if (atMs == TopicFeed.NEVER) {
                feeds.remove(feed.id());
            } else {
                queue.add(new Turn(atMs, turns++, feed));
                due.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The next feed whose time has come; waits for it. Null when closed. */
    private @Nullable TopicFeed next() {
        lock.lock();
        try {
            while (!closed) {
                Turn first = queue.peek();
                long wait = first == null ? LONGEST_WAIT_MS : first.atMs() - context.nowMs();
                if (first != null && wait <= 0) {
                    queue.remove();
                    return first.feed();
                }
                long left = due.awaitNanos(TimeUnit.MILLISECONDS.toNanos(Math.min(wait, LONGEST_WAIT_MS)));
                assert left <= TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MS);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return null;
    }

    /** Takes the step whose time has come on the calling thread; returns whether there was one. */
    public boolean runOne() {
        TopicFeed feed;
        lock.lock();
        try {
            Turn first = queue.peek();
            if (first == null || first.atMs() > context.nowMs()) {
                return false;
            }
            queue.remove();
            feed = first.feed();
        } finally {
            lock.unlock();
        }
        step(feed);
        return true;
    }

    /** Bytes that files being written are counted with. */
    public long memoryUsed() {
        return context.memory().used();
    }

    /** Stops; what was gathered and not committed is given up, and read again by whoever feeds the topics next. */
    @Override
    public void close() {
        List<Thread> stopping;
        lock.lock();
        try {
            closed = true;
            due.signalAll();
            stopping = List.copyOf(workers);
        } finally {
            lock.unlock();
        }
        MetadataSource.Subscription following = subscription;
        if (following != null) {
            following.close();
        }
        if (stopped(stopping)) {
            giveUp();
        }
    }

    /** Waits for the workers; returns whether they have all stopped. */
    private static boolean stopped(List<Thread> workers) {
        boolean all = true;
        try {
            long end = System.nanoTime() + CLOSING.toNanos();
            for (Thread worker : workers) {
                if (!worker.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                    worker.interrupt();
                    all &= worker.join(INTERRUPTED);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
        return all;
    }

    /** Deletes the files of sessions that are open. */
    private void giveUp() {
        List<TopicFeed> open;
        lock.lock();
        try {
            open = List.copyOf(feeds.values());
            feeds.clear();
            queue.clear();
        } finally {
            lock.unlock();
        }
        open.forEach(TopicFeed::close);
    }
}
