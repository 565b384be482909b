package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.Topic;
import io.weir.kafka.topics.Uuids;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each API, at each version that the codec calls stable. */
@Timeout(180)
class EveryVersionTest {
    private static RunningGateway running;
    private static Topic topic;

    @BeforeAll
    static void start() {
        running = new RunningGateway();
        topic = running.metadata.create("versions", 1);
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    static Stream<Arguments> everyVersion() {
        return Stream.of(
                        ApiKeys.PRODUCE,
                        ApiKeys.FETCH,
                        ApiKeys.LIST_OFFSETS,
                        ApiKeys.METADATA,
                        ApiKeys.API_VERSIONS,
                        ApiKeys.CREATE_TOPICS,
                        ApiKeys.DELETE_TOPICS,
                        ApiKeys.DELETE_RECORDS,
                        ApiKeys.INIT_PRODUCER_ID,
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                        ApiKeys.CREATE_PARTITIONS,
                        ApiKeys.DESCRIBE_CLUSTER,
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS)
                .flatMap(key -> IntStream.rangeClosed(key.oldestVersion(), key.latestVersion(false))
                        .mapToObj(version -> Arguments.of(key, (short) version)));
    }

    @ParameterizedTest
    @MethodSource("everyVersion")
    void answersWithoutAnError(ApiKeys key, short version) throws Exception {
        try (RawClient client = new RawClient(running.port())) {
            AbstractResponse response = client.call(parsed(key, version, message(key, version)));
            assertThat(response.errorCounts().keySet()).containsOnly(Errors.NONE);
        }
    }

    @Test
    void advertisesWhatItServesAndNothingElse() throws Exception {
        try (RawClient client = new RawClient(running.port())) {
            ApiVersionsResponse response = (ApiVersionsResponse) client.call(new ApiVersionsRequest.Builder().build());
            for (ApiVersion advertised : response.data().apiKeys()) {
                ApiKeys key = ApiKeys.forId(advertised.apiKey());
                // Old librdkafka looks for Produce 0 though it never sends it, so that the codec advertises that.
                assertThat(advertised.minVersion()).isEqualTo(key == ApiKeys.PRODUCE ? 0 : key.oldestVersion());
                assertThat(advertised.maxVersion()).isEqualTo(key.latestVersion(false));
            }
            assertThat(response.apiVersion(ApiKeys.PRODUCE.id)).isNotNull();
            assertThat(response.apiVersion(ApiKeys.END_TXN.id)).isNull();
        }
    }

    @Test
    void answersAVersionOfApiVersionsFromTheFutureInTheFirst() throws Exception {
        try (RawClient client = new RawClient(running.port())) {
            byte[] frame = RawClient.frame(new ApiVersionsRequest.Builder().build((short) 3), 5);
            frame[7] = 99;
            client.write(frame);
            ApiVersionsResponse response = (ApiVersionsResponse) client.receive(ApiKeys.API_VERSIONS, (short) 0, 5);
            assertThat(response.data().errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(response.apiVersion(ApiKeys.API_VERSIONS.id)).isNotNull();
        }
    }

    private static AbstractRequest parsed(ApiKeys key, short version, ApiMessage message) {
        return AbstractRequest.parseRequest(key, version, MessageUtil.toByteBufferAccessor(message, version)).request;
    }

    private static ApiMessage message(ApiKeys key, short version) {
        Uuid id = Uuids.of(topic.id());
        return switch (key) {
            case PRODUCE -> {
                ProduceRequestData data =
                        new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
                data.topicData()
                        .add(new ProduceRequestData.TopicProduceData()
                                .setName(version < 13 ? topic.name() : "")
                                .setTopicId(version < 13 ? Uuid.ZERO_UUID : id)
                                .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                        .setRecords(MemoryRecords.withRecords(
                                                Compression.NONE,
                                                new SimpleRecord(
                                                        "v".getBytes(java.nio.charset.StandardCharsets.UTF_8)))))));
                yield data;
            }
            case FETCH ->
                new FetchRequestData()
                        .setMaxWaitMs(0)
                        .setMinBytes(1)
                        .setSessionEpoch(version < 7 ? -1 : 0)
                        .setTopics(List.of(new FetchRequestData.FetchTopic()
                                .setTopic(version < 13 ? topic.name() : "")
                                .setTopicId(version < 13 ? Uuid.ZERO_UUID : id)
                                .setPartitions(
                                        List.of(new FetchRequestData.FetchPartition().setPartitionMaxBytes(1000)))));
            case LIST_OFFSETS ->
                new ListOffsetsRequestData()
                        .setReplicaId(-1)
                        .setTopics(List.of(new ListOffsetsRequestData.ListOffsetsTopic()
                                .setName(topic.name())
                                .setPartitions(
                                        List.of(new ListOffsetsRequestData.ListOffsetsPartition().setTimestamp(-1)))));
            case METADATA ->
                new MetadataRequestData()
                        .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName(topic.name())));
            case API_VERSIONS ->
                version < 3
                        ? new ApiVersionsRequestData()
                        : new ApiVersionsRequestData()
                                .setClientSoftwareName("t")
                                .setClientSoftwareVersion("1");
            default -> adminMessage(key, version);
        };
    }

    private static ApiMessage adminMessage(ApiKeys key, short version) {
        return switch (key) {
            case CREATE_TOPICS -> {
                CreateTopicsRequestData data = new CreateTopicsRequestData();
                data.topics()
                        .add(new CreateTopicsRequestData.CreatableTopic()
                                .setName("created-" + version)
                                .setNumPartitions(2)
                                .setReplicationFactor((short) 1));
                yield data;
            }
            case DELETE_TOPICS -> {
                Topic doomed = running.metadata.create("doomed-" + version, 1);
                yield version < 6
                        ? new DeleteTopicsRequestData().setTopicNames(List.of(doomed.name()))
                        : new DeleteTopicsRequestData()
                                .setTopics(List.of(new DeleteTopicsRequestData.DeleteTopicState()
                                        .setTopicId(Uuids.of(doomed.id()))));
            }
            case DELETE_RECORDS ->
                new DeleteRecordsRequestData()
                        .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic()
                                .setName(topic.name())
                                .setPartitions(List.of(new DeleteRecordsRequestData.DeleteRecordsPartition()))));
            case INIT_PRODUCER_ID -> new InitProducerIdRequestData().setTransactionalId(null);
            case OFFSET_FOR_LEADER_EPOCH -> {
                OffsetForLeaderEpochRequestData data = new OffsetForLeaderEpochRequestData();
                data.topics()
                        .add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                                .setTopic(topic.name())
                                .setPartitions(
                                        List.of(new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition())));
                yield data;
            }
            case CREATE_PARTITIONS -> {
                Topic small = running.metadata.create("small-" + version, 1);
                CreatePartitionsRequestData data = new CreatePartitionsRequestData();
                data.topics()
                        .add(new CreatePartitionsRequestData.CreatePartitionsTopic()
                                .setName(small.name())
                                .setCount(3)
                                .setAssignments(null));
                yield data;
            }
            case DESCRIBE_CLUSTER -> new DescribeClusterRequestData();
            case DESCRIBE_TOPIC_PARTITIONS -> new DescribeTopicPartitionsRequestData();
            default -> throw new IllegalArgumentException("No request for " + key);
        };
    }
}
