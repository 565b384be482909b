package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.weir.contracts.metadata.Topic;
import io.weir.gateway.listener.ListenerConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.requests.FetchRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class FetchLimitsTest {
    @Test
    void consumersGetOnThoughTheBudgetIsSmallerThanABatch() throws Exception {
        // Given
        KafkaGatewayConfig.Limits limits =
                new KafkaGatewayConfig.Limits(1 << 20, 1, Duration.ofSeconds(1), 100, 1000, 1 << 20, 1 << 20, 2, 1000);
        try (RunningGateway running =
                new RunningGateway(RunningGateway.config(ListenerConfig.on("127.0.0.1", 0), limits))) {
            Topic topic = running.metadata.create("narrow", 1);
            try (KafkaProducer<byte[], byte[]> producer = running.producer(Map.of("batch.size", "1"))) {
                for (int i = 0; i < 20; i++) {
                    producer.send(new ProducerRecord<>(topic.name(), new byte[100_000]))
                            .get(60, TimeUnit.SECONDS);
                }
            }

            // When, then
            try (KafkaConsumer<byte[], byte[]> one = running.consumer(Map.of());
                    KafkaConsumer<byte[], byte[]> two = running.consumer(Map.of())) {
                List<TopicPartition> partitions = List.of(new TopicPartition(topic.name(), 0));
                one.assign(partitions);
                two.assign(partitions);
                int left = 40;
                while (left > 0) {
                    left -= one.poll(Duration.ofMillis(100)).count();
                    left -= two.poll(Duration.ofMillis(100)).count();
                }
                assertThat(left).isZero();
            }
            Eventually.holds(() -> assertThat(
                            running.meters.get("weir.kafka.fetch.held").gauge().value())
                    .isZero());
        }
    }

    @Test
    void aClientThatGoesWhileItsFetchWaitsIsNoWarning() throws Exception {
        try (RunningGateway running = new RunningGateway();
                LogLines log = new LogLines("io.weir", Level.WARN)) {
            // Given
            Topic topic = running.metadata.create("waiting", 1);
            FetchRequestData data = new FetchRequestData()
                    .setMaxWaitMs(30_000)
                    .setMinBytes(1)
                    .setMaxBytes(1000)
                    .setSessionEpoch(-1)
                    .setTopics(List.of(new FetchRequestData.FetchTopic()
                            .setTopic(topic.name())
                            .setPartitions(List.of(new FetchRequestData.FetchPartition().setPartitionMaxBytes(1000)))));

            // When
            try (RawClient client = new RawClient(running.port())) {
                client.send(new FetchRequest(data, (short) 12));
                Eventually.holds(() -> assertThat(running.streams.openWatches()).isPositive());
            }

            // Then
            Eventually.holds(() -> assertThat(running.streams.openWatches()).isZero());
            assertThat(log.lines()).isEmpty();
        }
    }
}
