package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class ConsumeTest {
    private static RunningGateway running;

    @BeforeAll
    static void start() {
        running = new RunningGateway();
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void givesBackWhatWasProducedWithEveryCodecFromTailAndSegments(String codec) throws Exception {
        // Given
        Topic topic = running.metadata.create("consume-" + codec, 1, Map.of("max.message.bytes", "16000000"));
        List<ProducerRecord<byte[], byte[]>> sent = records(topic.name(), new Random(17));
        try (KafkaProducer<byte[], byte[]> producer = running.producer(
                Map.of("compression.type", codec, "max.request.size", "20000000", "buffer.memory", "100000000"))) {
            for (ProducerRecord<byte[], byte[]> one : sent) {
                producer.send(one).get(60, TimeUnit.SECONDS);
            }
        }

        // When
        running.streams.flush(topic.location(0).orElseThrow().stream(), sent.size() / 2);
        List<ConsumerRecord<byte[], byte[]>> got = consume(topic.name(), sent.size());

        // Then
        for (int i = 0; i < sent.size(); i++) {
            assertThat(got.get(i).offset()).isEqualTo(i);
            assertThat(got.get(i).key()).isEqualTo(sent.get(i).key());
            assertThat(got.get(i).value()).isEqualTo(sent.get(i).value());
            assertThat(got.get(i).headers()).isEqualTo(sent.get(i).headers());
        }
    }

    private static List<ProducerRecord<byte[], byte[]>> records(String topic, Random random) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        records.add(new ProducerRecord<>(topic, null, null));
        records.add(new ProducerRecord<>(topic, new byte[0], new byte[0]));
        for (int size : new int[] {1, 10, 100, 1000, 10_000, 100_000, 1 << 20, 10 << 20, 1}) {
            byte[] value = new byte[size];
            random.nextBytes(value);
            ProducerRecord<byte[], byte[]> one =
                    new ProducerRecord<>(topic, ("k" + size).getBytes(StandardCharsets.UTF_8), value);
            one.headers().add(new RecordHeader("size", new byte[] {(byte) size}));
            one.headers().add(new RecordHeader("none", (byte[]) null));
            records.add(one);
        }
        return records;
    }

    @Test
    void wakesAWaitingConsumerWhenARecordArrives() throws Exception {
        // Given
        Topic topic = running.metadata.create("wake", 1);
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        try (KafkaConsumer<byte[], byte[]> consumer =
                        running.consumer(Map.of("fetch.max.wait.ms", "12000", "request.timeout.ms", "120000"));
                KafkaProducer<byte[], byte[]> producer = running.producer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            assertThat(consumer.poll(Duration.ofMillis(200))).isEmpty();

            // When
            long sentAt = System.nanoTime();
            producer.send(new ProducerRecord<>(topic.name(), new byte[] {7})).get(60, TimeUnit.SECONDS);

            // Then
            assertThat(consumer.poll(Duration.ofMinutes(1)).count()).isEqualTo(1);
            assertThat(Duration.ofNanos(System.nanoTime() - sentAt)).isLessThan(Duration.ofSeconds(11));
        }
        Eventually.holds(() -> assertThat(running.streams.openWatches()).isZero());
    }

    @Test
    void findsOffsetsAtTheEndsAndByTime() throws Exception {
        // Given
        Topic topic = running.metadata.create("times", 1);
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        try (KafkaProducer<byte[], byte[]> producer = running.producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic.name(), 0, 1000L + 10L * i, null, new byte[] {1}))
                        .get(60, TimeUnit.SECONDS);
            }
        }
        running.streams.flush(topic.location(0).orElseThrow().stream(), 5);

        // When
        try (KafkaConsumer<byte[], byte[]> consumer = running.consumer(Map.of())) {
            // Then
            assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 10L);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 1015L)).get(partition))
                    .isNotNull()
                    .extracting(found -> found.offset())
                    .isEqualTo(2L);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 1065L)).get(partition))
                    .isNotNull()
                    .extracting(found -> found.offset())
                    .isEqualTo(7L);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 2000L)).get(partition))
                    .isNull();
        }
    }

    private static RecordBatch batch(long... timestampsMs) {
        SimpleRecord[] records = LongStream.of(timestampsMs)
                .mapToObj(timestampMs -> new SimpleRecord(timestampMs, new byte[] {1}))
                .toArray(SimpleRecord[]::new);
        return RecordBatch.trusted(
                MemoryRecords.withRecords(Compression.gzip().build(), records).buffer());
    }

    @ParameterizedTest
    @CsvSource({"0, 10, 2, 50", "2, 10, 2, 50", "3, 10, 2, 50", "0, 45, 1, 50", "3, 60, 1, 60"})
    void findsByTimeWhatIsLeftWhenTheLatestRecordOfABatchIsDeleted(
            long flushedEnd, long keptMs, long reaching40, long latestMs) throws Exception {
        // Given a batch of which the first record is deleted, and one behind it
        Topic topic = running.metadata.create("cut-" + flushedEnd + "-" + keptMs, 1);
        StreamLocation location = topic.location(0).orElseThrow();
        assertThat(running.streams.append(location, batch(100, keptMs))).isCompleted();
        assertThat(running.streams.append(location, batch(50))).isCompleted();
        running.streams.flush(location.stream(), flushedEnd);
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        try (Admin admin = running.admin()) {
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1)))
                    .all()
                    .get(60, TimeUnit.SECONDS);

            // When, then
            assertThat(offset(admin, partition, OffsetSpec.forTimestamp(40)).offset())
                    .isEqualTo(reaching40);
            assertThat(offset(admin, partition, OffsetSpec.forTimestamp(61)).offset())
                    .isEqualTo(-1);
            assertThat(offset(admin, partition, OffsetSpec.maxTimestamp()).timestamp())
                    .isEqualTo(latestMs);
            assertThat(offset(admin, partition, OffsetSpec.maxTimestamp()).offset())
                    .isEqualTo(latestMs == keptMs ? 1 : 2);
        }
    }

    private static ListOffsetsResultInfo offset(Admin admin, TopicPartition partition, OffsetSpec which)
            throws Exception {
        return admin.listOffsets(Map.of(partition, which))
                .partitionResult(partition)
                .get(60, TimeUnit.SECONDS);
    }

    private static List<ConsumerRecord<byte[], byte[]>> consume(String topic, int count) {
        List<ConsumerRecord<byte[], byte[]>> got = new ArrayList<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = running.consumer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (got.size() < count) {
                consumer.poll(Duration.ofSeconds(5)).forEach(got::add);
            }
        }
        return got;
    }
}
