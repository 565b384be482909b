package io.weir.kafka;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.gateway.listener.ListenerConfig;
import io.weir.gateway.read.TieredReader;
import io.weir.gateway.read.TieredReaderConfig;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.streams.MemoryStreams;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A gateway over memory, listening on loopback, and clients of it. */
final class RunningGateway implements AutoCloseable {
    final MemoryMetadata metadata;
    final MemoryStreams streams;
    final Map<ShardId, NodeId> shardLeaders = new ConcurrentHashMap<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final KafkaGateway gateway;

    RunningGateway() {
        this(config(ListenerConfig.on("127.0.0.1", 0), KafkaGatewayConfig.Limits.DEFAULT));
    }

    RunningGateway(KafkaGatewayConfig config) {
        this(config, new MemoryMetadata());
    }

    private RunningGateway(KafkaGatewayConfig config, MemoryMetadata metadata) {
        this(config, metadata, new MemoryStreams().following(metadata));
    }

    /** One of several, over the same memory. */
    RunningGateway(KafkaGatewayConfig config, MemoryMetadata metadata, MemoryStreams streams) {
        this(config, metadata, streams, streams);
    }

    private RunningGateway(
            KafkaGatewayConfig config, MemoryMetadata metadata, MemoryStreams streams, StreamAppender appender) {
        this.metadata = metadata;
        this.streams = streams;
        gateway = new KafkaGateway(
                config,
                appender,
                shard -> Optional.ofNullable(shardLeaders.get(shard)),
                new TieredReader(streams, streams, TieredReaderConfig.DEFAULT, meters),
                streams,
                metadata,
                metadata,
                new MemoryCellStore(metadata),
                meters);
        gateway.start();
    }

    /** One whose answers to appends are others than the memory's. */
    static RunningGateway answering(UnaryOperator<AppendResult> answer) {
        MemoryMetadata metadata = new MemoryMetadata();
        MemoryStreams streams = new MemoryStreams().following(metadata);
        return new RunningGateway(
                config(ListenerConfig.on("127.0.0.1", 0), KafkaGatewayConfig.Limits.DEFAULT),
                metadata,
                streams,
                (location, batch) -> streams.append(location, batch).thenApply(answer));
    }

    static KafkaGatewayConfig config(ListenerConfig listener, KafkaGatewayConfig.Limits limits) {
        return new KafkaGatewayConfig(new NodeId(1), listener, null, 0, Duration.ofSeconds(30), limits);
    }

    int port() {
        return gateway.boundAddress().getPort();
    }

    String bootstrap() {
        return "127.0.0.1:" + port();
    }

    KafkaProducer<byte[], byte[]> producer(Map<String, ?> settings) {
        Map<String, Object> all = new java.util.HashMap<>(settings);
        all.put("bootstrap.servers", bootstrap());
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    KafkaConsumer<byte[], byte[]> consumer(Map<String, ?> settings) {
        Map<String, Object> all = new java.util.HashMap<>(settings);
        all.put("bootstrap.servers", bootstrap());
        all.putIfAbsent("auto.offset.reset", "earliest");
        all.putIfAbsent("enable.auto.commit", "false");
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    Admin admin() {
        return Admin.create(Map.of(
                "bootstrap.servers", bootstrap(), "default.api.timeout.ms", "20000", "request.timeout.ms", "20000"));
    }

    @Override
    public void close() {
        gateway.close();
    }
}
