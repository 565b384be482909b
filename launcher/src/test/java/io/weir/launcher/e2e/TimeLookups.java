package io.weir.launcher.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Asks for offsets by time, and compares them with what the records say. */
final class TimeLookups {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration AT_MOST = Duration.ofMinutes(1);
    private static final int SAMPLES = 8;

    private TimeLookups() {}

    /** @param partitions whose offsets are 0, 1, 2 and so on */
    static void areRight(String bootstrap, String topic, int partitions) throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "none"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
                Topics topics = new Topics(bootstrap)) {
            for (int number = 0; number < partitions; number++) {
                TopicPartition partition = new TopicPartition(topic, number);
                List<Long> timesMs = times(consumer, partition);
                for (int sample = 0; sample <= SAMPLES; sample++) {
                    long wantedMs = timesMs.get((timesMs.size() - 1) * sample / SAMPLES);
                    OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, wantedMs))
                            .get(partition);
                    assertThat(requireNonNull(found).offset())
                            .as("the first of %s at %s or later", partition, wantedMs)
                            .isEqualTo(first(timesMs, wantedMs).orElseThrow());
                }
                assertThat(topics.admin()
                                .listOffsets(Map.of(partition, OffsetSpec.maxTimestamp()))
                                .partitionResult(partition)
                                .get(AT_MOST.toSeconds(), TimeUnit.SECONDS)
                                .offset())
                        .as("the latest of %s", partition)
                        .isEqualTo(first(timesMs, Collections.max(timesMs)).orElseThrow());
            }
        }
    }

    private static List<Long> times(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
        List<Long> timesMs = new ArrayList<>();
        consumer.assign(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        consumer.seekToBeginning(List.of(partition));
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        while (timesMs.size() < end) {
            assertThat(System.nanoTime() - deadline)
                    .as("%s of %s are read", timesMs.size(), end)
                    .isNegative();
            consumer.poll(POLL).forEach(each -> timesMs.add(each.timestamp()));
        }
        return timesMs;
    }

    private static OptionalInt first(List<Long> timesMs, long wantedMs) {
        return IntStream.range(0, timesMs.size())
                .filter(offset -> timesMs.get(offset) >= wantedMs)
                .findFirst();
    }
}
