package io.weir.launcher.e2e;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Kafka requests as bytes, without the length before them. */
final class Requests {
    private static final String GROUP = "strangers";

    private Requests() {}

    static byte[] bytes(ApiKeys api, int version, ApiMessage request) {
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(api.id)
                .setRequestApiVersion((short) version)
                .setCorrelationId(7)
                .setClientId("stranger");
        short headerVersion = api.requestHeaderVersion((short) version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(header.size(cache, headerVersion) + request.size(cache, (short) version));
        ByteBufferAccessor writable = new ByteBufferAccessor(out);
        header.write(writable, cache, headerVersion);
        request.write(writable, cache, (short) version);
        return out.array();
    }

    /** Requests that a server answers, by name. */
    static Map<String, byte[]> valid(String topic) {
        return Map.of(
                "ApiVersions", bytes(ApiKeys.API_VERSIONS, 3, new ApiVersionsRequestData()),
                "Metadata",
                        bytes(
                                ApiKeys.METADATA,
                                9,
                                new MetadataRequestData()
                                        .setTopics(List.of(
                                                new MetadataRequestData.MetadataRequestTopic().setName(topic)))),
                "Produce", produce(topic + "-other", 30_000),
                "Fetch", fetch(topic, 0, 100, 1, 1 << 20),
                "ListOffsets", listOffsets(topic, -1),
                "FindCoordinator",
                        bytes(
                                ApiKeys.FIND_COORDINATOR,
                                4,
                                new FindCoordinatorRequestData().setCoordinatorKeys(List.of(GROUP))),
                "JoinGroup", joinGroup(10_000),
                "OffsetCommit", offsetCommit(topic, 1, 1),
                "InitProducerId", initProducerId(60_000),
                "CreateTopics", createTopics("stranger", 1, 1_000));
    }

    /** Requests whose numbers are as large as their types allow, by name. */
    static Map<String, byte[]> withLargestNumbers(String topic) {
        return Map.of(
                "Fetch (waits)", fetch(topic, 0, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE),
                "Fetch of all bytes", fetch(topic, 0, 1, 1, Integer.MAX_VALUE),
                "Fetch from the last offset", fetch(topic, Long.MAX_VALUE, 1, 1, Integer.MAX_VALUE),
                "ListOffsets", listOffsets(topic, Long.MAX_VALUE),
                "JoinGroup", joinGroup(Integer.MAX_VALUE),
                "OffsetCommit", offsetCommit(topic, Long.MAX_VALUE, Integer.MAX_VALUE),
                "InitProducerId", initProducerId(Integer.MAX_VALUE),
                "CreateTopics", createTopics("too-many-partitions", Integer.MAX_VALUE, Integer.MAX_VALUE),
                "CreatePartitions",
                        bytes(
                                ApiKeys.CREATE_PARTITIONS,
                                3,
                                new CreatePartitionsRequestData()
                                        .setTimeoutMs(Integer.MAX_VALUE)
                                        .setTopics(new CreatePartitionsRequestData.CreatePartitionsTopicCollection(
                                                List.of(new CreatePartitionsRequestData.CreatePartitionsTopic()
                                                                .setName(topic)
                                                                .setCount(Integer.MAX_VALUE)
                                                                .setAssignments(null))
                                                        .iterator()))),
                "DeleteRecords",
                        bytes(
                                ApiKeys.DELETE_RECORDS,
                                2,
                                new DeleteRecordsRequestData()
                                        .setTimeoutMs(Integer.MAX_VALUE)
                                        .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic()
                                                .setName(topic)
                                                .setPartitions(
                                                        List.of(new DeleteRecordsRequestData.DeleteRecordsPartition()
                                                                .setPartitionIndex(0)
                                                                .setOffset(Long.MAX_VALUE)))))));
    }

    static byte[] fetchFromTheBeginning(String topic) {
        return fetch(topic, 0, 1, 1, 50 << 20);
    }

    private static byte[] fetch(String topic, long offset, int waitMs, int minBytes, int maxBytes) {
        return bytes(
                ApiKeys.FETCH,
                12,
                new FetchRequestData()
                        .setMaxWaitMs(waitMs)
                        .setMinBytes(minBytes)
                        .setMaxBytes(maxBytes)
                        .setSessionEpoch(-1)
                        .setTopics(List.of(new FetchRequestData.FetchTopic()
                                .setTopic(topic)
                                .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                        .setPartition(0)
                                        .setFetchOffset(offset)
                                        .setPartitionMaxBytes(maxBytes))))));
    }

    static byte[] produce(String topic, int timeoutMs) {
        MemoryRecords records = MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord("key".getBytes(StandardCharsets.UTF_8), new byte[200]));
        return bytes(
                ApiKeys.PRODUCE,
                9,
                new ProduceRequestData()
                        .setAcks((short) -1)
                        .setTimeoutMs(timeoutMs)
                        .setTopicData(new ProduceRequestData.TopicProduceDataCollection(
                                List.of(new ProduceRequestData.TopicProduceData()
                                                .setName(topic)
                                                .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                                        .setIndex(0)
                                                        .setRecords(records))))
                                        .iterator())));
    }

    private static byte[] listOffsets(String topic, long timestamp) {
        return bytes(
                ApiKeys.LIST_OFFSETS,
                7,
                new ListOffsetsRequestData()
                        .setReplicaId(-1)
                        .setTopics(List.of(new ListOffsetsRequestData.ListOffsetsTopic()
                                .setName(topic)
                                .setPartitions(List.of(new ListOffsetsRequestData.ListOffsetsPartition()
                                        .setPartitionIndex(0)
                                        .setTimestamp(timestamp))))));
    }

    private static byte[] joinGroup(int timeoutMs) {
        return bytes(
                ApiKeys.JOIN_GROUP,
                7,
                new JoinGroupRequestData()
                        .setGroupId(GROUP)
                        .setSessionTimeoutMs(timeoutMs)
                        .setRebalanceTimeoutMs(timeoutMs)
                        .setProtocolType("consumer")
                        .setProtocols(new JoinGroupRequestData.JoinGroupRequestProtocolCollection(
                                List.of(new JoinGroupRequestData.JoinGroupRequestProtocol()
                                                .setName("range")
                                                .setMetadata(new byte[40]))
                                        .iterator())));
    }

    private static byte[] offsetCommit(String topic, long offset, int leaderEpoch) {
        return bytes(
                ApiKeys.OFFSET_COMMIT,
                8,
                new OffsetCommitRequestData()
                        .setGroupId(GROUP)
                        .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setName(topic)
                                .setPartitions(List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                        .setPartitionIndex(0)
                                        .setCommittedOffset(offset)
                                        .setCommittedLeaderEpoch(leaderEpoch))))));
    }

    private static byte[] initProducerId(int timeoutMs) {
        return bytes(
                ApiKeys.INIT_PRODUCER_ID,
                4,
                new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(timeoutMs));
    }

    private static byte[] createTopics(String name, int partitions, int timeoutMs) {
        return bytes(
                ApiKeys.CREATE_TOPICS,
                7,
                new CreateTopicsRequestData()
                        .setTimeoutMs(timeoutMs)
                        .setTopics(new CreateTopicsRequestData.CreatableTopicCollection(
                                List.of(new CreateTopicsRequestData.CreatableTopic()
                                                .setName(name + "-" + Uuid.randomUuid())
                                                .setNumPartitions(partitions)
                                                .setReplicationFactor((short) 1))
                                        .iterator())));
    }
}
