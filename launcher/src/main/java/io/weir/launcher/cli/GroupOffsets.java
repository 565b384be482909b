package io.weir.launcher.cli;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a group has committed. */
final class GroupOffsets {
    static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private GroupOffsets() {}

    static Map<TopicPartition, @Nullable OffsetAndMetadata> committed(Connection connection, Admin admin, String group)
            throws InterruptedException {
        Map<TopicPartition, @Nullable OffsetAndMetadata> committed = new HashMap<>(
                connection.await(admin.listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec()))
                        .partitionsToOffsetAndMetadata(group)));
        committed.values().removeIf(Objects::isNull);
        return committed;
    }

    /** Every partition of a topic. */
    static List<TopicPartition> partitions(Connection connection, Admin admin, String topic)
            throws InterruptedException {
        var description = connection
                .await(admin.describeTopics(List.of(topic)).allTopicNames())
                .get(topic);
        if (description == null) {
            throw new CommandFailedException("The server did not describe " + topic);
        }
        return description.partitions().stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }
}
