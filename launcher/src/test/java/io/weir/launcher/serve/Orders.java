package io.weir.launcher.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A topic of one partition, as clients write and read it. */
final class Orders {
    static final String TOPIC = "orders";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Orders() {}

    static void create(Server server) throws Exception {
        create(server, TOPIC);
    }

    static void create(Server server, String topic) throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", server.kafka().toString()))) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get(60, TimeUnit.SECONDS);
        }
    }

    /** Records are kept for so long. */
    static void retain(Server server, Duration time) throws Exception {
        ConfigEntry retention = new ConfigEntry("retention.ms", Long.toString(time.toMillis()));
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", server.kafka().toString()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, TOPIC),
                            List.of(new AlterConfigOp(retention, AlterConfigOp.OpType.SET))))
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    /** The first offset that is left, or the end. */
    static long logStart(Server server) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", server.kafka().toString()))) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                    .partitionResult(partition)
                    .get(60, TimeUnit.SECONDS)
                    .offset();
        }
    }

    /** Returns its offset. */
    static long produce(Server to, String value) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", to.kafka().toString()), new StringSerializer(), new StringSerializer())) {
            return producer.send(new ProducerRecord<>(TOPIC, value))
                    .get(60, TimeUnit.SECONDS)
                    .offset();
        }
    }

    static List<String> consume(Server from, int records) {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", from.kafka().toString()),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (values.size() < records && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> values.add(each.value()));
            }
        }
        return values;
    }
}
