package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.NodeId;
import io.weir.gateway.listener.ListenerConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ApiKeys;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Consumers that say which zone they are in (KIP-392). */
@Timeout(180)
class NearestGatewayTest {
    private static final String TOPIC = "near";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    private final RunningGateway leader = new RunningGateway(config(1, "a"));
    private final RunningGateway near = new RunningGateway(config(2, "b"), leader.metadata, leader.streams);

    @AfterEach
    void stop() {
        near.close();
        leader.close();
    }

    @Test
    void aConsumerReadsInItsZoneAndGoesOnElsewhereWhenThatIsGone() throws Exception {
        // Given a partition that is led in another zone
        var location = leader.metadata.create(TOPIC, 1, Map.of()).location(0).orElseThrow();
        leader.shardLeaders.put(location.shard(), new NodeId(1));
        near.shardLeaders.put(location.shard(), new NodeId(1));
        produce(10);
        try (KafkaConsumer<byte[], byte[]> consumer = leader.consumer(Map.of("client.rack", "b"))) {
            consumer.assign(List.of(PARTITION));

            // When
            read(consumer, 10);

            // Then
            assertThat(consumer.partitionsFor(TOPIC).getFirst().replicas())
                    .extracting(Node::id, Node::rack)
                    .containsExactly(Tuple.tuple(1, "a"), Tuple.tuple(2, "b"));
            assertThat(fetched(near)).isPositive();
            double before = fetched(leader);
            produce(10);
            read(consumer, 20);
            assertThat(fetched(leader)).isEqualTo(before);

            near.close();
            produce(10);
            read(consumer, 30);
            assertThat(fetched(leader)).isGreaterThan(before);
        }
    }

    private static KafkaGatewayConfig config(int node, String zone) {
        return new KafkaGatewayConfig(
                        new NodeId(node),
                        ListenerConfig.on("127.0.0.1", 0),
                        null,
                        0,
                        Duration.ofSeconds(30),
                        KafkaGatewayConfig.Limits.DEFAULT)
                .withZone(Optional.of(zone));
    }

    private static double fetched(RunningGateway from) {
        return from.meters
                .get("weir.kafka.request.latency")
                .tag("api", ApiKeys.FETCH.name)
                .timer()
                .count();
    }

    private void produce(int records) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = leader.producer(Map.of())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(TOPIC, 0, null, new byte[10]))
                        .get(60, TimeUnit.SECONDS);
            }
        }
    }

    /** Until it has read so many since the beginning. */
    private static void read(KafkaConsumer<byte[], byte[]> consumer, long upTo) {
        Eventually.holds(() -> {
            consumer.poll(Duration.ofMillis(100));
            assertThat(consumer.position(PARTITION)).isEqualTo(upTo);
        });
    }
}
