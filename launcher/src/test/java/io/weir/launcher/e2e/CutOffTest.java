package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two leaders at once: one is cut off from the others and does not know yet that another was elected. */
@Tag("e2e")
class CutOffTest {
    private static final String TOPIC = "cut-off";
    private static final Duration GOES_ON_AT_MOST = Duration.ofSeconds(60);
    private static final int RECORDS = 20;

    @TempDir
    Path directory;

    @Test
    void aLeaderThatIsCutOffAcknowledgesNothingWhileAnotherLeads() throws Exception {
        // Given
        Hosts.require();
        try (Hosts hosts = new Hosts(3);
                SeveralServers servers =
                        new SeveralServers(Weir.command(), hosts, "cut-off", directory, "--tables", "false").start()) {
            try (Topics topics = new Topics(servers.node(1).bootstrap())) {
                topics.create(TOPIC, 1);
            }
            int old = servers.leader("wal-0", GOES_ON_AT_MOST);
            produce(servers.node(old), "before");

            // When
            hosts.cutOff(old);
            try (RawClient client =
                    new RawClient(hosts.address(old), servers.node(old).kafkaPort())) {
                client.sendFrame(Requests.produce(TOPIC, 5_000));
                ServerProcess other = servers.node(old % 3 + 1);
                Await.until(
                        "another leads",
                        GOES_ON_AT_MOST,
                        () -> SeveralServers.leaderAsKnownBy(other, "wal-0").orElse(old) != old);
                produce(other, "meanwhile");

                // Then
                byte[] answer = client.answer(GOES_ON_AT_MOST).orElseThrow();
                assertThat(errorIn(answer)).isNotEqualTo(Errors.NONE);
            }
            hosts.heal();
            produce(servers.node(old), "after");
            Map<String, Integer> read = read(servers.node(old), 3 * RECORDS);
            assertThat(read)
                    .containsEntry("before", RECORDS)
                    .containsEntry("meanwhile", RECORDS)
                    .containsEntry("after", RECORDS);
            // Whoever was not answered in time does not know: it may come, once.
            assertThat(read.getOrDefault("key", 0)).isLessThanOrEqualTo(1);
        }
    }

    private static Errors errorIn(byte[] answer) {
        ByteBuffer buffer = ByteBuffer.wrap(answer);
        // The correlation id and the header's empty tagged fields.
        buffer.position(Integer.BYTES + 1);
        short code = new ProduceResponseData(new ByteBufferAccessor(buffer), (short) 9)
                .responses().stream()
                        .findFirst()
                        .orElseThrow()
                        .partitionResponses()
                        .getFirst()
                        .errorCode();
        return Errors.forCode(code);
    }

    /** Returns once all are acknowledged. */
    private static void produce(ServerProcess server, String key) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", server.bootstrap()), new StringSerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>(TOPIC, 0, key, new byte[10])));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get(GOES_ON_AT_MOST.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    /** How many of each key there are from the beginning to the end, which holds so many at least. */
    private static Map<String, Integer> read(ServerProcess server, int least) {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        Map<String, Integer> read = new HashMap<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", server.bootstrap()),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            Await.until("everything is read", GOES_ON_AT_MOST, () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> read.merge(record.key(), 1, Integer::sum));
                long end = consumer.endOffsets(List.of(partition)).values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
                return consumer.position(partition) >= end && end >= least;
            });
        }
        return read;
    }
}
