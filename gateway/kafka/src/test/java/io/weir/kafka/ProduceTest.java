package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.metadata.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class ProduceTest {
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
    void acknowledgesRecordsOfEveryCodecInOrder(String codec) throws Exception {
        Topic topic = running.metadata.create("codec-" + codec, 1);
        try (KafkaProducer<byte[], byte[]> producer =
                running.producer(Map.of("compression.type", codec, "linger.ms", "5"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic.name(), new byte[] {1}, new byte[100])));
            }
            for (int i = 0; i < 1000; i++) {
                assertThat(sent.get(i).get(60, TimeUnit.SECONDS).offset()).isEqualTo(i);
            }
        }
        assertThat(running.streams
                        .bounds(topic.location(0).orElseThrow())
                        .orElseThrow()
                        .end())
                .isEqualTo(1000);
    }

    @Test
    void aRepeatThatIsTooOldToBeRememberedIsDoneAllTheSame() throws Exception {
        AtomicInteger appends = new AtomicInteger();
        try (RunningGateway forgetful = RunningGateway.answering(answer -> appends.incrementAndGet() == 2
                        ? new AppendResult.Duplicate(AppendResult.Duplicate.FORGOTTEN, 0)
                        : answer);
                KafkaProducer<byte[], byte[]> producer = forgetful.producer(Map.of())) {
            Topic topic = forgetful.metadata.create("old", 1);
            List<RecordMetadata> acknowledged = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                acknowledged.add(producer.send(new ProducerRecord<>(topic.name(), new byte[100]))
                        .get(60, TimeUnit.SECONDS));
            }

            assertThat(acknowledged).extracting(RecordMetadata::hasOffset).containsExactly(true, false, true);
            assertThat(acknowledged.getLast().offset()).isEqualTo(2);
            // And nothing was sent again.
            assertThat(appends).hasValue(3);
        }
    }

    @Test
    void refusesARecordOverTheTopicsLimit() {
        Topic topic = running.metadata.create("small", 1, Map.of("max.message.bytes", "1000"));
        try (KafkaProducer<byte[], byte[]> producer = running.producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>(topic.name(), new byte[2000]))
                            .get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(RecordTooLargeException.class);
        }
    }
}
