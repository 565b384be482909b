package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class GroupConsumeTest {
    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aGroupGoesOnWhereItCommitted(String protocol) throws Exception {
        try (RunningGateway running = new RunningGateway()) {
            running.metadata.create("groups", 2);
            try (KafkaProducer<byte[], byte[]> producer = running.producer(Map.of())) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>("groups", i % 2, null, new byte[] {(byte) i}))
                            .get(60, TimeUnit.SECONDS);
                }
            }
            Map<String, ?> settings = Map.of("group.id", "g", "group.protocol", protocol);
            assertThat(consumeAndCommit(running, settings, 10)).isEqualTo(10);
            try (KafkaProducer<byte[], byte[]> producer = running.producer(Map.of())) {
                producer.send(new ProducerRecord<>("groups", 0, null, new byte[] {99}))
                        .get(60, TimeUnit.SECONDS);
            }
            assertThat(consumeAndCommit(running, settings, 1)).isEqualTo(1);
        }
    }

    private static int consumeAndCommit(RunningGateway running, Map<String, ?> settings, int count) {
        int got = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = running.consumer(settings)) {
            consumer.subscribe(List.of("groups"));
            while (got < count) {
                got += consumer.poll(Duration.ofSeconds(1)).count();
            }
            consumer.commitSync();
        }
        return got;
    }
}
