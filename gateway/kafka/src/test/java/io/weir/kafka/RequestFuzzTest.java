package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.weir.contracts.metadata.Topic;
import io.weir.gateway.listener.ListenerConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged requests of every API and version, cut into frames anyhow: nothing breaks, and nothing is a warning. */
@Timeout(180)
class RequestFuzzTest {
    private static final int LENGTH_BYTES = 4;

    private static RunningGateway running;
    private static Topic topic;
    private static List<ApiVersion> served;

    private final Fuzzing fuzzing = new Fuzzing(RequestFuzzTest.class, RequestFuzzTest::attempt);

    @BeforeAll
    static void start() throws IOException {
        KafkaGatewayConfig.Limits limits = new KafkaGatewayConfig.Limits(
                1 << 20, 16 << 20, Duration.ofMillis(20), 100, 1000, 1 << 20, 1 << 20, 2, 1000);
        running = new RunningGateway(RunningGateway.config(ListenerConfig.on("127.0.0.1", 0), limits));
        topic = running.metadata.create("fuzzed", 2);
        try (RawClient client = new RawClient(running.port())) {
            served = List.copyOf(((ApiVersionsResponse) client.call(new ApiVersionsRequest.Builder().build()))
                    .data()
                    .apiKeys());
        }
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void damagedRequestsBreakNothing() throws Exception {
        try (LogLines log = new LogLines("io.weir", Level.WARN)) {
            fuzzing.briefly();
            nothingBroke(log);
        }
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    @Timeout(value = 1, unit = java.util.concurrent.TimeUnit.DAYS)
    void damagedRequestsBreakNothingForLong() throws Exception {
        try (LogLines log = new LogLines("io.weir", Level.WARN)) {
            fuzzing.forLong();
            nothingBroke(log);
        }
    }

    private static void nothingBroke(LogLines log) throws IOException {
        try (RawClient client = new RawClient(running.port())) {
            assertThat(client.call(new ApiVersionsRequest.Builder().build()).errorCounts())
                    .containsOnlyKeys(Errors.NONE);
        }
        assertThat(log.lines()).isEmpty();
        Eventually.holds(() -> {
            assertThat(held("weir.kafka.fetch.held")).isZero();
            assertThat(held("weir.gateway.requests.held")).isZero();
        });
    }

    private static double held(String gauge) {
        return running.meters.get(gauge).gauge().value();
    }

    private static void attempt(Random random) throws IOException {
        try (RawClient client = new RawClient(running.port())) {
            try {
                for (int i = random.nextInt(10); i >= 0; i--) {
                    sendInPieces(client, frame(random), random);
                }
                client.endOfRequests();
            } catch (IOException closedByServer) {
                return;
            }
            client.drain();
        }
    }

    private static void sendInPieces(RawClient client, byte[] frame, Random random) throws IOException {
        int at = 0;
        while (at < frame.length) {
            int size = random.nextInt(4) == 0 ? 1 + random.nextInt(frame.length - at) : frame.length - at;
            client.write(java.util.Arrays.copyOfRange(frame, at, at + size));
            at += size;
        }
    }

    private static byte[] frame(Random random) {
        ApiVersion api = served.get(random.nextInt(served.size()));
        ApiKeys key = ApiKeys.forId(random.nextInt(4) == 0 ? ApiKeys.PRODUCE.id : api.apiKey());
        short version =
                (short) (key.oldestVersion() + random.nextInt(key.latestVersion(false) - key.oldestVersion() + 1));
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(key.id)
                .setRequestApiVersion(version)
                .setCorrelationId(random.nextInt(1000))
                .setClientId("fuzz");
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, key.requestHeaderVersion(version))
                .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(message(key, version, random), version)
                .buffer();
        byte[] request = new byte[head.remaining() + body.remaining()];
        ByteBuffer.wrap(request).put(head).put(body);
        byte[] damaged = random.nextInt(10) == 0 ? request : Fuzzing.damaged(request, random);
        int length = random.nextInt(20) == 0 ? random.nextInt(1 << 20) : damaged.length;
        return ByteBuffer.allocate(LENGTH_BYTES + damaged.length)
                .putInt(length)
                .put(damaged)
                .array();
    }

    private static ApiMessage message(ApiKeys key, short version, Random random) {
        if (key != ApiKeys.PRODUCE) {
            return ApiMessageType.fromApiKey(key.id).newRequest();
        }
        Compression codec = Compression.of(
                        org.apache.kafka.common.record.internal.CompressionType.forId(random.nextInt(5)))
                .build();
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
        data.topicData()
                .add(new ProduceRequestData.TopicProduceData()
                        .setName(version < 13 ? topic.name() : "")
                        .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                .setIndex(random.nextInt(3))
                                .setRecords(MemoryRecords.withRecords(
                                        codec, new SimpleRecord(new byte[random.nextInt(300)]))))));
        return data;
    }
}
