package io.weir.launcher.e2e;

import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Topics of a broker under test, through Kafka's admin client. */
final class Topics implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final Admin admin;

    Topics(String bootstrap) {
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    Admin admin() {
        return admin;
    }

    /** Creates the topic and waits until it has leaders. */
    String create(String name, int partitions, Map<String, String> config) throws Exception {
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(config)))
                .all()
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
        Await.until("topic " + name + " is described", Duration.ofSeconds(30), () -> partitions(name) == partitions);
        return name;
    }

    private int partitions(String topic) throws Exception {
        return admin
                .describeTopics(List.of(topic))
                .allTopicNames()
                .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                .values()
                .stream()
                .mapToInt(description -> description.partitions().size())
                .sum();
    }

    String create(String name, int partitions) throws Exception {
        return create(name, partitions, Map.of());
    }

    /** The next offset of each partition. */
    Map<Integer, Long> ends(String topic, Collection<Integer> partitions) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(each -> wanted.put(new TopicPartition(topic, each), OffsetSpec.latest()));
        Map<Integer, Long> ends = new HashMap<>();
        admin.listOffsets(wanted)
                .all()
                .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
        return ends;
    }

    /** What the group has committed, by partition. */
    Map<Integer, Long> committed(String group) throws Exception {
        Map<Integer, Long> offsets = new HashMap<>();
        admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                .forEach((partition, offset) -> offsets.put(partition.partition(), offset.offset()));
        return offsets;
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(10));
    }
}
