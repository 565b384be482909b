package io.weir.kafka.fetch;

import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a client wants of a partition, and, within a session, what it was told last.
 *
 * <p>Threading: guarded by its session.
 */
final class WantedPartition {
    private static final long NOTHING_TOLD = -1;

    private final FetchKey key;
    private long offset;
    private int maxBytes;
    private int leaderEpoch;
    private long toldEnd = NOTHING_TOLD;
    private long toldLogStart = NOTHING_TOLD;

    WantedPartition(FetchKey key, FetchPartition wanted) {
        this.key = key;
        update(wanted);
    }

    void update(FetchPartition wanted) {
        offset = wanted.fetchOffset();
        maxBytes = wanted.partitionMaxBytes();
        leaderEpoch = wanted.currentLeaderEpoch();
    }

    FetchKey key() {
        return key;
    }

    long offset() {
        return offset;
    }

    int maxBytes() {
        return maxBytes;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /** Whether the answer has news for a client that knows the answers before it, which it then does. */
    boolean tell(PartitionData answer) {
        boolean nothingFound = answer.errorCode() != Errors.NONE.code() || answer.preferredReadReplica() >= 0;
        boolean news = nothingFound
                || (answer.records() != null && answer.records().sizeInBytes() > 0)
                || answer.highWatermark() != toldEnd
                || answer.logStartOffset() != toldLogStart;
        toldEnd = nothingFound ? NOTHING_TOLD : answer.highWatermark();
        toldLogStart = nothingFound ? NOTHING_TOLD : answer.logStartOffset();
        return news;
    }
}
