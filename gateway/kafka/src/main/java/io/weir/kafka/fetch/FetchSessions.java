package io.weir.kafka.fetch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;

/**
 * The incremental fetch sessions of all clients (KIP-227), bounded in number and in partitions. One that was not used
 * for a while makes room for a new one; where there is no room, clients fetch without a session.
 *
 * <p>Threading: any thread.
 */
final class FetchSessions {
    private static final Duration EVICTABLE_AFTER = Duration.ofMinutes(2);

    private final int maxSessions;
    private final int maxPartitions;
    private final LongSupplier nanoClock;
    /** In the order of their last use. */
    private final Map<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** Partitions of all sessions. */
    private long held;

    FetchSessions(int maxSessions, int maxPartitions, LongSupplier nanoClock, MeterRegistry meters) {
        this.maxSessions = maxSessions;
        this.maxPartitions = maxPartitions;
        this.nanoClock = nanoClock;
        Gauge.builder("weir.kafka.fetch.sessions", this, FetchSessions::count).register(meters);
    }

    /** What a fetch is about. */
    sealed interface Context {
        /** Nothing is remembered. */
        record Alone(List<WantedPartition> partitions) implements Context {}

        /** The first of a session: everything is answered. */
        record First(FetchSession session, List<WantedPartition> partitions) implements Context {}

        /** A later one: only news is answered. */
        record Next(FetchSession session, List<WantedPartition> partitions) implements Context {}

        /** The client must begin again. */
        record Wrong(Errors error) implements Context {}
    }

    synchronized Context open(FetchRequest request) {
        FetchRequestData data = request.data();
        if (data.sessionEpoch() == FetchMetadata.FINAL_EPOCH || data.sessionEpoch() == FetchMetadata.INITIAL_EPOCH) {
            remove(data.sessionId());
            return data.sessionEpoch() == FetchMetadata.FINAL_EPOCH ? alone(request) : first(request);
        }
        FetchSession session = sessions.get(data.sessionId());
        return session == null ? new Context.Wrong(Errors.FETCH_SESSION_ID_NOT_FOUND) : next(session, request);
    }

    private Context next(FetchSession session, FetchRequest request) {
        int before = session.size();
        FetchSession.Step step = session.next(request.data(), request.version(), nanoClock.getAsLong());
        held += session.size() - before;
        if (held > maxPartitions) {
            remove(session.id());
            return new Context.Wrong(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        return switch (step) {
            case FetchSession.Step.Wrong(Errors error) -> new Context.Wrong(error);
            case FetchSession.Step.Go(List<WantedPartition> partitions) -> new Context.Next(session, partitions);
        };
    }

    private static Context alone(FetchRequest request) {
        return new Context.Alone(FetchSession.alone(request));
    }

    private static int partitions(FetchRequestData data) {
        return data.topics().stream()
                .mapToInt(topic -> topic.partitions().size())
                .sum();
    }

    private Context first(FetchRequest request) {
        int wanted = partitions(request.data());
        if (wanted == 0 || !makeRoom(wanted)) {
            return alone(request);
        }
        int id = newId();
        FetchSession session =
                new FetchSession(id, request.version() >= FetchKey.TOPIC_IDS_SINCE, nanoClock.getAsLong());
        List<WantedPartition> partitions = session.begin(request.data(), request.version());
        sessions.put(id, session);
        held += session.size();
        return new Context.First(session, partitions);
    }

    private boolean makeRoom(int wanted) {
        long evictableBefore = nanoClock.getAsLong() - EVICTABLE_AFTER.toNanos();
        while (sessions.size() >= maxSessions || held + wanted > maxPartitions) {
            FetchSession eldest =
                    sessions.isEmpty() ? null : sessions.values().iterator().next();
            if (eldest == null || eldest.lastUsedNanos() - evictableBefore > 0) {
                return false;
            }
            remove(eldest.id());
        }
        return true;
    }

    private int newId() {
        int id;
        do {
            id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        } while (sessions.containsKey(id));
        return id;
    }

    private void remove(int id) {
        FetchSession removed = sessions.remove(id);
        if (removed != null) {
            held -= removed.size();
        }
    }

    synchronized int count() {
        return sessions.size();
    }
}
