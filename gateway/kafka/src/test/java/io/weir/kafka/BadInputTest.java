package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.Topic;
import io.weir.gateway.listener.ListenerConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients send that they should not: a protocol error or a closed connection, and nobody else notices. */
@Timeout(120)
class BadInputTest {
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;

    private static RunningGateway running;
    private static Topic topic;
    private static Topic bombed;

    @BeforeAll
    static void start() {
        running = gateway(Duration.ofMinutes(1));
        topic = running.metadata.create("bad", 1);
        bombed = running.metadata.create("bombed", 1, Map.of("max.message.bytes", "16000000"));
    }

    private static RunningGateway gateway(Duration frameTimeout) {
        ListenerConfig small = new ListenerConfig(
                "127.0.0.1",
                0,
                2,
                400,
                20 << 20,
                10,
                64 << 20,
                Duration.ofMinutes(10),
                frameTimeout,
                Duration.ofSeconds(3));
        return new RunningGateway(RunningGateway.config(small, KafkaGatewayConfig.Limits.DEFAULT));
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    private static RawClient client() throws IOException {
        return new RawClient(running.port());
    }

    private static void stillServes() throws IOException {
        stillServes(running);
    }

    private static void stillServes(RunningGateway gateway) throws IOException {
        try (RawClient other = new RawClient(gateway.port())) {
            assertThat(other.call(new ApiVersionsRequest.Builder().build()).errorCounts())
                    .containsOnlyKeys(Errors.NONE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, Integer.MIN_VALUE, Integer.MAX_VALUE, (20 << 20) + 1})
    void closesAConnectionWithALengthThatNoFrameHas(int length) throws Exception {
        try (RawClient client = client()) {
            client.write(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
            assertThat(client.closedByServer()).isTrue();
        }
        stillServes();
    }

    @Test
    void closesAConnectionThatAsksForWhatIsNotServed() throws Exception {
        try (RawClient client = client()) {
            client.write(frame(ApiKeys.END_TXN.id, (short) 0));
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = client()) {
            client.write(frame((short) 12345, (short) 0));
            assertThat(client.closedByServer()).isTrue();
        }
        try (RawClient client = client()) {
            client.write(frame(ApiKeys.METADATA.id, Short.MAX_VALUE));
            assertThat(client.closedByServer()).isTrue();
        }
    }

    private static byte[] frame(short key, short version) {
        return ByteBuffer.allocate(20)
                .putInt(16)
                .putShort(key)
                .putShort(version)
                .putInt(1)
                .putShort((short) 6)
                .put("client".getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    @Test
    void survivesMutatedAndTruncatedFrames() throws Exception {
        long seed = Long.getLong("weir.seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] produce = RawClient.frame(produce(batch(Compression.NONE)), 1);
        byte[] fetch = RawClient.frame(fetch(100), 2);
        for (int i = 0; i < 200; i++) {
            byte[] frame = (random.nextBoolean() ? produce : fetch).clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                frame[4 + random.nextInt(frame.length - 4)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] sent = java.util.Arrays.copyOf(frame, frame.length - (random.nextInt(4) == 0 ? 1 : 0));
            try (RawClient client = client()) {
                client.write(sent);
            } catch (IOException closedEarly) {
                assertThat(closedEarly).as("seed %s", seed).isInstanceOf(IOException.class);
            }
        }
        stillServes();
    }

    @Test
    void refusesABatchWithABadCrc() throws Exception {
        ByteBuffer batch = batch(Compression.NONE);
        batch.put(batch.limit() - 1, (byte) (batch.get(batch.limit() - 1) ^ 1));
        assertThat(produced(batch)).isEqualTo(Errors.CORRUPT_MESSAGE);
    }

    @Test
    void refusesCountsAndDeltasThatDoNotFit() throws Exception {
        assertThat(produced(resigned(batch(Compression.NONE).putInt(57, 3)))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(produced(resigned(batch(Compression.NONE).putInt(23, 1)))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(produced(resigned(batch(Compression.NONE).putInt(57, 3).putInt(23, 2))))
                .isEqualTo(Errors.INVALID_RECORD);
        assertThat(produced(resigned(
                        batch(Compression.NONE).putInt(57, Integer.MAX_VALUE).putInt(23, Integer.MAX_VALUE - 1))))
                .isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void refusesControlAndTransactionalBatchesAndUnknownCodecs() throws Exception {
        assertThat(produced(attributes(0x20))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(produced(attributes(0x10))).isEqualTo(Errors.INVALID_TXN_STATE);
        assertThat(produced(attributes(0x07))).isEqualTo(Errors.UNSUPPORTED_COMPRESSION_TYPE);
        assertThat(produced(attributes(0x08))).isEqualTo(Errors.INVALID_TIMESTAMP);
    }

    @Test
    void refusesTwoBatchesInOnePartition() throws Exception {
        ByteBuffer one = batch(Compression.NONE);
        ByteBuffer two = ByteBuffer.allocate(2 * one.remaining());
        two.put(one.duplicate()).put(one.duplicate()).flip();
        assertThat(produced(two)).isEqualTo(Errors.INVALID_RECORD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4", "zstd", "snappy"})
    void refusesACompressionBomb(String codec) throws Exception {
        ByteArrayOutputStream zeros = new ByteArrayOutputStream();
        try (var out = Compression.of(codec).build().wrapForOutput(wrap(zeros), (byte) 2)) {
            byte[] block = new byte[1 << 20];
            for (int i = 0; i < 160; i++) {
                out.write(block);
            }
        }
        byte id = Compression.of(codec).build().type().id;
        ByteBuffer batch = ByteBuffer.allocate(61 + zeros.size());
        batch.put(batch(Compression.NONE).slice(0, 61)).put(zeros.toByteArray()).flip();
        batch.putInt(8, batch.remaining() - 12).putShort(ATTRIBUTES_AT, id);
        assertThat(produced(bombed, resigned(batch))).isEqualTo(Errors.INVALID_RECORD);
    }

    private static org.apache.kafka.common.utils.internals.ByteBufferOutputStream wrap(ByteArrayOutputStream target) {
        return new org.apache.kafka.common.utils.internals.ByteBufferOutputStream(ByteBuffer.allocate(1)) {
            @Override
            public void write(int b) {
                target.write(b);
            }

            @Override
            public void write(byte[] bytes, int off, int len) {
                target.write(bytes, off, len);
            }
        };
    }

    @Test
    void believesNoLengthThatSnappyDeclares() throws Exception {
        ByteBuffer batch = ByteBuffer.allocate(61 + 16 + 4 + 6);
        batch.put(batch(Compression.NONE).slice(0, 61));
        batch.putLong(0x82534e4150505900L).putInt(1).putInt(1).putInt(6);
        batch.put(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07, 0})
                .flip();
        batch.putInt(8, batch.remaining() - 12).putShort(ATTRIBUTES_AT, (short) 2);
        assertThat(produced(resigned(batch))).isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void keepsServingBesideHalfOpenConnectionsAndClosesThem() throws Exception {
        List<RawClient> halfOpen = new ArrayList<>();
        try (RunningGateway impatient = gateway(Duration.ofSeconds(5))) {
            for (int i = 0; i < 300; i++) {
                RawClient client = new RawClient(impatient.port());
                client.write(
                        ByteBuffer.allocate(5).putInt(19 << 20).put((byte) 0).array());
                halfOpen.add(client);
            }
            stillServes(impatient);
            for (RawClient client : halfOpen) {
                assertThat(client.closedByServer()).isTrue();
                client.close();
            }
        }
    }

    @Test
    void closesAConsumerThatNeverReads() throws Exception {
        Topic big = running.metadata.create("big", 1);
        byte[] value = new byte[900_000];
        try (RawClient producer = client()) {
            for (int i = 0; i < 20; i++) {
                MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value));
                ProduceResponse response = (ProduceResponse) producer.call(produce(big, records.buffer()));
                assertThat(response.errorCounts()).containsOnlyKeys(Errors.NONE);
            }
        }
        try (RawClient slow = client()) {
            for (int i = 0; i < 10; i++) {
                slow.send(fetch(big, 0, 50 << 20));
            }
            Eventually.holds(() -> assertThat(running.meters
                            .get("weir.gateway.connections.closed")
                            .tag("reason", "not-reading")
                            .counter()
                            .count())
                    .isPositive());
            stillServes();
        }
        Eventually.holds(() -> assertThat(
                        running.meters.get("weir.kafka.fetch.held").gauge().value())
                .isZero());
    }

    @Test
    void takesEveryNumberAtItsMaximum() throws Exception {
        try (RawClient client = client()) {
            client.call(produce(batch(Compression.NONE)));
            FetchRequestData data = fetch(Integer.MAX_VALUE).data();
            data.setMinBytes(Integer.MAX_VALUE).setMaxBytes(Integer.MAX_VALUE).setMaxWaitMs(Integer.MAX_VALUE);
            data.topics().getFirst().partitions().getFirst().setFetchOffset(Long.MAX_VALUE);
            FetchResponse response = (FetchResponse) client.call(FetchRequest.parse(
                    org.apache.kafka.common.protocol.MessageUtil.toByteBufferAccessor(data, (short) 12), (short) 12));
            assertThat(response.errorCounts()).containsKey(Errors.OFFSET_OUT_OF_RANGE);
        }
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws Exception {
        try (RawClient client = client()) {
            int waits = client.send(fetch(topic, endOf(topic), 1000));
            int second = client.send(produce(batch(Compression.zstd().build())));
            int third = client.send(produce(batch(Compression.NONE)));
            int last = client.send(new ApiVersionsRequest.Builder().build((short) 3));
            client.receive(ApiKeys.FETCH, (short) 12, waits);
            ProduceResponse first = (ProduceResponse) client.receive(ApiKeys.PRODUCE, (short) 12, second);
            ProduceResponse next = (ProduceResponse) client.receive(ApiKeys.PRODUCE, (short) 12, third);
            client.receive(ApiKeys.API_VERSIONS, (short) 3, last);
            assertThat(offset(next)).isEqualTo(offset(first) + 1);
        }
    }

    private static long offset(ProduceResponse response) {
        return response.data()
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .getFirst()
                .baseOffset();
    }

    private static long endOf(Topic of) {
        return running.streams
                .bounds(of.location(0).orElseThrow())
                .orElseThrow()
                .end();
    }

    private static Errors produced(ByteBuffer batch) throws IOException {
        return produced(topic, batch);
    }

    private static Errors produced(Topic to, ByteBuffer batch) throws IOException {
        try (RawClient client = client()) {
            ProduceResponse response = (ProduceResponse) client.call(produce(to, batch));
            return Errors.forCode(response.data()
                    .responses()
                    .iterator()
                    .next()
                    .partitionResponses()
                    .getFirst()
                    .errorCode());
        }
    }

    private static ByteBuffer batch(Compression codec) {
        return MemoryRecords.withRecords(codec, new SimpleRecord("value".getBytes(StandardCharsets.UTF_8)))
                .buffer();
    }

    private static ByteBuffer attributes(int bits) {
        return resigned(batch(Compression.NONE).putShort(ATTRIBUTES_AT, (short) bits));
    }

    private static ByteBuffer resigned(ByteBuffer batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(ATTRIBUTES_AT, batch.limit() - ATTRIBUTES_AT));
        return batch.putInt(CRC_AT, (int) crc.getValue());
    }

    private static ProduceRequest produce(ByteBuffer batch) {
        return produce(topic, batch);
    }

    private static ProduceRequest produce(Topic to, ByteBuffer batch) {
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(Integer.MAX_VALUE);
        data.topicData()
                .add(new ProduceRequestData.TopicProduceData()
                        .setName(to.name())
                        .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                .setRecords(MemoryRecords.readableRecords(batch)))));
        return new ProduceRequest(data, (short) 12);
    }

    private static FetchRequest fetch(int maxBytes) {
        return fetch(topic, 0, maxBytes);
    }

    private static FetchRequest fetch(Topic from, long offset, int maxBytes) {
        FetchRequestData data = new FetchRequestData()
                .setMaxWaitMs(100)
                .setMinBytes(1)
                .setMaxBytes(maxBytes)
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchRequestData.FetchTopic()
                        .setTopic(from.name())
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(maxBytes)))));
        return new FetchRequest(data, (short) 12);
    }
}
