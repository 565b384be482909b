package io.weir.kafka.topics;

import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;

/** Kafka's rule for the names of topics. */
final class TopicNames {
    private TopicNames() {}

    static boolean legal(String name) {
        try {
            Topic.validate(name);
            return true;
        } catch (InvalidTopicException illegal) {
            return false;
        }
    }
}
