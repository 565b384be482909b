package io.weir.kafka.fetch;

import org.apache.kafka.common.Uuid;

/**
 * A partition as a client names it: by topic id from version 13 on, by name before.
 *
 * @param topicId zero when the client goes by names
 * @param topic empty when the client goes by ids
 */
record FetchKey(Uuid topicId, String topic, int partition) {
    static final short TOPIC_IDS_SINCE = 13;

    static FetchKey of(short version, Uuid topicId, String topic, int partition) {
        return version >= TOPIC_IDS_SINCE
                ? new FetchKey(topicId, "", partition)
                : new FetchKey(Uuid.ZERO_UUID, topic, partition);
    }

    boolean byId() {
        return topic.isEmpty();
    }
}
