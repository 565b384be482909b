package io.weir.launcher.e2e;

import java.time.Duration;
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
                RecordedLoad.settings(bootstrap, Map.of("enable.idempotence", true, "retry.backoff.ms", 20)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, new byte[] {1})).get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    /** Until the only member of a new group was given the topic's first record. */
    static Duration firstPoll(String bootstrap, String topic, String group, Duration atMost) {
        long begun = System.nanoTime();
        Map<String, Object> settings = RecordedLoad.settings(
                bootstrap,
                Map.of(
                        "group.id",
                        group,
                        "group.protocol",
                        "consumer",
                        "auto.offset.reset",
                        "earliest",
                        "retry.backoff.ms",
                        20));
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
}
