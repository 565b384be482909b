package io.weir.lakehouse.feed;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.TableConfig;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Accepted;
import io.weir.contracts.table.TableResult.Rejected;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One topic's way into its table, in small steps between which others have their turn.
 *
 * <p>Threading: one thread at a time.
 */
final class TopicFeed {
    /** The topic is gone, and with it the feed. */
    static final long NEVER = Long.MAX_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(TopicFeed.class);
    private static final long FIRST_RETRY_MS = 200;
    private static final long LAST_RETRY_MS = 30_000;
    /** How long another process may leave records where they are beyond the commit interval. */
    private static final long PATIENCE_MS = 60_000;

    private static final long MEMORY_RETRY_MS = 20;
    private static final long MOST_MEMORY_RETRY_MS = 500;

    /** A session that takes longer gives way to topics that wait for its memory. */
    private static final long TURN_MS = 2_000;

    private static final int MOST_DOUBLINGS = 8;

    /** Looks at an idle topic in a commit interval. */
    private static final int IDLE_LOOKS = 4;

    private static final long MOST_IDLE_MS = 5_000;
    private static final int LOGGED_FAILURES = 3;
    private static final double NEW_SHARE = 0.3;
    private static final double UNKNOWN_RECORD_BYTES = 500;

    private final FeedContext context;
    private final TopicId id;
    private final EndHistory history = new EndHistory();
    private FeedMeters.@Nullable OfTopic meters;
    private @Nullable Epoch owner;
    private @Nullable Gathering gathering;
    private @Nullable TableConfig suspendedAt;
    private @Nullable Elsewhere elsewhere;
    private int failures;
    private long retryAtMs;
    private long lookedMs = NEVER;
    private double bytesPerRecord = UNKNOWN_RECORD_BYTES;
    private double commitMs;

    /**
     * Another process feeds the topic.
     *
     * @param sinceMs when it was last seen to do so, or to have nothing to do
     * @param done how far the table was then
     */
    private record Elsewhere(long sinceMs, long done) {}

    /** A session that is open, and when its commit is due. */
    private record Gathering(FeedSession session, long begunMs, long dueMs) {}

    TopicFeed(FeedContext context, TopicId id) {
        this.context = context;
        this.id = id;
    }

    TopicId id() {
        return id;
    }

    /** The epoch under which this process feeds the topic, as far as it is known. */
    @Nullable Epoch owner() {
        return owner;
    }

    /** Does a little; returns when to come again, or {@link #NEVER}. */
    long step() {
        long now = context.nowMs();
        Topic topic = context.ports().metadata().image().topic(id).orElse(null);
        if (topic == null) {
            close();
            return NEVER;
        }
        TableConfig config = topic.config().table();
        if (!config.enabled()) {
            close();
            history.clear();
            lookedMs = NEVER;
            return now + scanMs();
        }
        if (isFedElsewhere(topic, config, now) || (suspendedAt != null && suspendedAt.equals(config))) {
            waiting(topic, look(topic), now);
            return now + scanMs();
        }
        if (now < retryAtMs) {
            return retryAtMs;
        }
        suspendedAt = null;
        try {
            return advance(topic, config, now);
        } catch (RuntimeException | Error failure) {
            // A record that its decoder cannot take the depth of, say, is this topic's alone.
            drop();
            return failed(topic, failure);
        }
    }

    /** The other process is believed in as long as the table moves on, or has everything. */
    private boolean isFedElsewhere(Topic topic, TableConfig config, long now) {
        Elsewhere other = elsewhere;
        if (other == null) {
            return false;
        }
        Backlog backlog = look(topic);
        if (backlog.partitions().isEmpty() || backlog.done() != other.done()) {
            elsewhere = new Elsewhere(now, backlog.done());
        } else if (now - other.sinceMs() >= config.commitInterval().toMillis() + PATIENCE_MS) {
            elsewhere = null;
            owner = null;
            LOG.atWarn()
                    .addKeyValue("topic", topic.name())
                    .log("Nobody feeds the topic's table; this process takes it up again");
        }
        return elsewhere != null;
    }

    private long scanMs() {
        return context.config().scan().toMillis();
    }

    private FeedMeters.OfTopic metersOf(Topic topic) {
        FeedMeters.OfTopic mine = meters;
        if (mine == null) {
            mine = context.meters().of(topic);
            meters = mine;
        }
        return mine;
    }

    private long advance(Topic topic, TableConfig config, long now) {
        Gathering open = gathering;
        if (open == null) {
            Long again = begin(topic, config, now);
            if (again != null) {
                return again;
            }
            open = gathering;
            if (open == null) {
                return now + scanMs();
            }
        }
        FeedSession session = open.session();
        session.read(context.config().sliceBytes());
        long latest = Math.max(open.dueMs(), open.begunMs() + gatherMs(config));
        boolean due = session.readAll() ? now >= open.dueMs() : now >= latest;
        boolean overTurn = now - open.begunMs() >= TURN_MS && context.memory().wanted();
        if (session.full() || due || overTurn || isOutdated(session, topic)) {
            return commit(topic, session);
        }
        if (!session.readAll()) {
            return now;
        }
        Backlog more = Backlog.of(topic, context.ports().streams(), session::position);
        more.partitions().forEach(session::add);
        waiting(topic, look(topic), now);
        return more.partitions().isEmpty() ? Math.min(open.dueMs(), now + scanMs()) : now;
    }

    /** A session knows the settings that it began with, and the partitions and where they were, and no others. */
    private static boolean isOutdated(FeedSession session, Topic topic) {
        return !session.config().equals(topic.config().table())
                || !session.table().topic().blocks().equals(topic.blocks());
    }

    private Backlog look(Topic topic) {
        TablePointer pointer =
                context.ports().metadata().image().tables().tableOf(id).orElse(null);
        return Backlog.of(topic, context.ports().streams(), stream -> pointer == null ? 0 : pointer.watermark(stream));
    }

    /** Returns since when something waits. */
    private long waiting(Topic topic, Backlog backlog, long now) {
        if (backlog.whole()) {
            // It may have come right behind the last look.
            history.seen(lookedMs == NEVER ? now : lookedMs, backlog.ends());
            lookedMs = now;
        }
        long since = history.beyond(backlog.done()).orElse(now);
        boolean idle = backlog.partitions().isEmpty();
        if (!idle || meters != null) {
            metersOf(topic).waiting(idle ? 0 : (now - since) / 1e3, backlog.records());
        }
        return since;
    }

    /** Opens a session when it is time; returns when to come again when it is not. */
    private @Nullable Long begin(Topic topic, TableConfig config, long now) {
        Backlog backlog = look(topic);
        long since = waiting(topic, backlog, now);
        if (backlog.partitions().isEmpty()) {
            context.memory().leave(this);
            return now + Math.max(scanMs(), Math.min(config.commitInterval().toMillis() / IDLE_LOOKS, MOST_IDLE_MS));
        }
        long due = since + gatherMs(config);
        boolean early = backlog.records() * bytesPerRecord >= context.config().sliceBytes();
        if (now < due && !early) {
            return Math.min(due, now + scanMs());
        }
        int ahead = context.memory().begin(this, context.config().openFileBytes());
        if (ahead > 0) {
            return now + Math.min(ahead * MEMORY_RETRY_MS, MOST_MEMORY_RETRY_MS);
        }
        boolean opened = false;
        try {
            opened = open(topic, backlog, now, due);
        } finally {
            if (!opened) {
                context.memory().giveBack(context.config().openFileBytes());
            }
        }
        return null;
    }

    private boolean open(Topic topic, Backlog backlog, long now, long due) {
        Epoch epoch = owner;
        if (epoch == null) {
            TableResult<Epoch> acquired = context.await(context.ports().tables().acquireFeed(id, context.node()));
            switch (acquired) {
                case Accepted<Epoch>(Epoch mine) -> epoch = mine;
                case Rejected<Epoch>(var reason, String message) -> {
                    LOG.atDebug().addKeyValue("topic", id).log("The topic is not fed: {}", message);
                    return false;
                }
            }
            owner = epoch;
        }
        Optional<TablePointer> pointer =
                context.ports().metadata().image().tables().tableOf(id);
        FeedSession session =
                new FeedSession(context, TopicTable.of(context, topic, pointer.orElse(null)), epoch, metersOf(topic));
        backlog.partitions().forEach(session::add);
        gathering = new Gathering(session, now, due);
        return true;
    }

    private long commit(Topic topic, FeedSession session) {
        long now = context.nowMs();
        String suspendedBy = session.suspendedBy();
        if (!session.hasMoved()) {
            drop();
            return suspendedBy == null ? now + scanMs() : suspend(topic, session, suspendedBy);
        }
        Committer.Outcome outcome = new Committer(context, session).commit();
        end();
        return switch (outcome) {
            case Committer.Outcome.Done(Epoch next) -> {
                owner = next;
                failures = 0;
                measure(session, context.nowMs() - now);
                metersOf(topic).committed(session.records());
                waiting(topic, look(topic), context.nowMs());
                yield suspendedBy == null ? now : suspend(topic, session, suspendedBy);
            }
            case Committer.Outcome.Again(Epoch next, String reason) -> {
                owner = next;
                yield failed(topic, new IllegalStateException(reason));
            }
            case Committer.Outcome.Fenced() -> {
                elsewhere = new Elsewhere(context.nowMs(), look(topic).done());
                metersOf(topic).suspended(true);
                LOG.atWarn()
                        .addKeyValue("topic", topic.name())
                        .log("Another process feeds the topic's table; this one watches it");
                yield now + scanMs();
            }
            case Committer.Outcome.Gone() -> now + scanMs();
            case Committer.Outcome.Unknown(ServiceException cause) -> {
                owner = null;
                yield failed(topic, cause);
            }
        };
    }

    /** How long records are gathered: what their commit takes is within the interval too, as far as half of it goes. */
    private long gatherMs(TableConfig config) {
        long interval = config.commitInterval().toMillis();
        return interval - Math.min((long) commitMs, interval / 2);
    }

    private void measure(FeedSession session, long tookMs) {
        commitMs += NEW_SHARE * (tookMs - commitMs);
        long count = session.records() + session.badRecords();
        if (count > 0) {
            double mean = (double) session.bytes() / count;
            bytesPerRecord += NEW_SHARE * (mean - bytesPerRecord);
        }
    }

    private long suspend(Topic topic, FeedSession session, String reason) {
        suspendedAt = session.config();
        metersOf(topic).suspended(true);
        LOG.atWarn()
                .addKeyValue("topic", topic.name())
                .addKeyValue("reason", reason)
                .log("The topic's table stops before a bad record; it goes on when a table setting is changed");
        return context.nowMs() + scanMs();
    }

    private long failed(Topic topic, Throwable failure) {
        failures++;
        metersOf(topic).failed();
        long wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS << Math.min(failures - 1, MOST_DOUBLINGS));
        retryAtMs = context.nowMs() + wait;
        var level = failures <= LOGGED_FAILURES ? LOG.atWarn() : LOG.atDebug();
        level.addKeyValue("topic", topic.name())
                .addKeyValue("failures", failures)
                .setCause(failure)
                .log("A commit to the topic's table failed and is tried again");
        return retryAtMs;
    }

    /** The session is over, and its memory free. */
    private void end() {
        if (gathering != null) {
            gathering = null;
            context.memory().giveBack(context.config().openFileBytes());
        }
    }

    /** Gives up what was gathered. */
    private void drop() {
        Gathering open = gathering;
        if (open != null) {
            open.session().files().discard();
        }
        end();
        context.memory().leave(this);
    }

    /** Gives up what was gathered; nothing of it was committed. */
    void close() {
        drop();
        FeedMeters.OfTopic mine = meters;
        meters = null;
        if (mine != null) {
            mine.close();
        }
    }
}
