package io.weir.launcher.e2e;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** How long clients wait that are only just coming: they need an id, or a place in a group, before anything else. */
final class Newcomer {
    private static final Duration POLL = Duration.ofMillis(100);

    private Newcomer() {}

    /** Until an idempotent producer had its first record acknowledged. */
    static Duration firstAcknowledgement(String bootstrap, String topic, Duration atMost) throws Exception {
        long begun = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                settings(bootstrap, Map.of("enable.idempotence", true)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, new byte[] {1})).get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    /** Until the only member of a new group was given the topic's first record. */
    static Duration firstPoll(String bootstrap, String topic, String group, Duration atMost) {
        long begun = System.nanoTime();
        Map<String, Object> settings = settings(
                bootstrap, Map.of("group.id", group, "group.protocol", "consumer", "auto.offset.reset", "earliest"));
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (consumer.poll(POLL).isEmpty()) {
                if (System.nanoTime() - begun > atMost.toNanos()) {
                    throw new AssertionError("The group " + group + " was given nothing in " + atMost);
                }
            }
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    private static Map<String, Object> settings(String bootstrap, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("request.timeout.ms", 3_000);
        settings.put("retry.backoff.ms", 20);
        settings.put("reconnect.backoff.ms", 20);
        settings.put("reconnect.backoff.max.ms", 200);
        settings.put("socket.connection.setup.timeout.ms", 1_000);
        settings.put("enable.metrics.push", false);
        return settings;
    }
}
