package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic as a whole and holds it against a ledger. */
final class Verification {
    private Verification() {}

    /** Reads every partition from its beginning and returns how many acknowledged records were found. */
    static long verify(String bootstrap, String topic, Map<Integer, Map<Long, Long>> acknowledged) {
        long confirmed = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "auto.offset.reset",
                        "none",
                        "max.poll.records",
                        5000,
                        "default.api.timeout.ms",
                        60_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            Map<Integer, Ledger.Reading> readings = new HashMap<>();
            acknowledged.forEach((partition, ids) -> {
                partitions.add(new TopicPartition(topic, partition));
                readings.put(partition, new Ledger.Reading(partition, ids));
            });
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            partitions.forEach(each -> consumer.seek(each, 0));
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
                assertThat(System.nanoTime() - deadline)
                        .as("reading takes too long")
                        .isNegative();
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    Ledger.Reading reading = readings.get(record.partition());
                    if (reading != null) {
                        reading.read(record.offset(), record.value());
                    }
                }
            }
            for (Ledger.Reading reading : readings.values()) {
                confirmed += reading.finish();
            }
        }
        return confirmed;
    }
}
