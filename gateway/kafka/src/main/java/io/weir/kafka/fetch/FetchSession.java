package io.weir.kafka.fetch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;

/**
 * The partitions one client fetches, kept between its requests (KIP-227). Partitions that gave data, or that were read
 * and had none, go to the end, so that those behind them get their turn.
 *
 * <p>Threading: guarded by its own monitor.
 */
final class FetchSession {
    private final int id;
    private final boolean byId;
    private final Map<FetchKey, WantedPartition> partitions = new LinkedHashMap<>();
    private int nextEpoch = FetchMetadata.nextEpoch(FetchMetadata.INITIAL_EPOCH);
    private long lastUsedNanos;

    FetchSession(int id, boolean byId, long nowNanos) {
        this.id = id;
        this.byId = byId;
        this.lastUsedNanos = nowNanos;
    }

    int id() {
        return id;
    }

    synchronized int size() {
        return partitions.size();
    }

    synchronized long lastUsedNanos() {
        return lastUsedNanos;
    }

    /** Fills a new session. */
    synchronized List<WantedPartition> begin(FetchRequestData data, short version) {
        apply(data, version);
        return new ArrayList<>(partitions.values());
    }

    /** What a request may do next. */
    sealed interface Step {
        record Go(List<WantedPartition> partitions) implements Step {}

        record Wrong(Errors error) implements Step {}
    }

    /** Takes a request's changes in, if it is the one whose turn it is. */
    synchronized Step next(FetchRequestData data, short version, long nowNanos) {
        if ((version >= FetchKey.TOPIC_IDS_SINCE) != byId) {
            return new Step.Wrong(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        if (data.sessionEpoch() != nextEpoch) {
            return new Step.Wrong(Errors.INVALID_FETCH_SESSION_EPOCH);
        }
        nextEpoch = FetchMetadata.nextEpoch(nextEpoch);
        lastUsedNanos = nowNanos;
        apply(data, version);
        return new Step.Go(new ArrayList<>(partitions.values()));
    }

    private void apply(FetchRequestData data, short version) {
        for (FetchTopic topic : data.topics()) {
            for (FetchPartition wanted : topic.partitions()) {
                FetchKey key = FetchKey.of(version, topic.topicId(), topic.topic(), wanted.partition());
                WantedPartition known = partitions.get(key);
                if (known == null) {
                    partitions.put(key, new WantedPartition(key, wanted));
                } else {
                    known.update(wanted);
                }
            }
        }
        for (ForgottenTopic topic : data.forgottenTopicsData()) {
            for (int partition : topic.partitions()) {
                partitions.remove(FetchKey.of(version, topic.topicId(), topic.topic(), partition));
            }
        }
    }

    /** Of what a fetch found, what the client does not know yet. */
    synchronized List<Found> news(List<Found> found, boolean everything) {
        List<Found> news = new ArrayList<>();
        for (Found one : found) {
            if (one.wanted().tell(one.answer()) || everything) {
                news.add(one);
            }
            if (one.hadItsTurn()) {
                WantedPartition moved = partitions.remove(one.wanted().key());
                if (moved != null) {
                    partitions.put(moved.key(), moved);
                }
            }
        }
        return news;
    }

    /** The partitions of a request without a session. */
    static List<WantedPartition> alone(FetchRequest request) {
        List<WantedPartition> wanted = new ArrayList<>();
        for (FetchTopic topic : request.data().topics()) {
            for (FetchPartition partition : topic.partitions()) {
                FetchKey key = FetchKey.of(request.version(), topic.topicId(), topic.topic(), partition.partition());
                wanted.add(new WantedPartition(key, partition));
            }
        }
        return wanted;
    }
}
