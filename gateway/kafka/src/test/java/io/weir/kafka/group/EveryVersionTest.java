package io.weir.kafka.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.metadata.Topic;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every API of groups at every stable version, through the bytes. */
class EveryVersionTest {
    private final GroupClient client = new GroupClient().started();
    private final Topic topic = client.metadata.create("orders", 3);

    static IntStream findCoordinator() {
        return versions(ApiKeys.FIND_COORDINATOR);
    }

    static IntStream joinGroup() {
        return versions(ApiKeys.JOIN_GROUP);
    }

    static IntStream offsetCommit() {
        return versions(ApiKeys.OFFSET_COMMIT);
    }

    static IntStream offsetFetch() {
        return versions(ApiKeys.OFFSET_FETCH);
    }

    static IntStream describeGroups() {
        return versions(ApiKeys.DESCRIBE_GROUPS);
    }

    static IntStream consumerGroupHeartbeat() {
        return versions(ApiKeys.CONSUMER_GROUP_HEARTBEAT);
    }

    private static IntStream versions(ApiKeys key) {
        return IntStream.rangeClosed(key.oldestVersion(), key.latestVersion(false));
    }

    private static int atMost(ApiKeys key, int version) {
        return Math.max(key.oldestVersion(), Math.min(version, key.latestVersion(false)));
    }

    @BeforeEach
    void awaitCells() {
        // Groups are listed only where every cell is open: each request is asked once from then on.
        assertThat(client.askUntilLoaded(
                        ApiKeys.LIST_GROUPS,
                        new ListGroupsRequestData(),
                        ListGroupsResponseData.class,
                        listed -> Errors.forCode(listed.errorCode())))
                .isEqualTo(Errors.NONE);
    }

    @AfterEach
    void close() {
        client.close();
    }

    @ParameterizedTest
    @MethodSource
    void findCoordinator(int version) {
        FindCoordinatorResponseData group = find(version, (byte) 0, "g");
        if (version < 4) {
            assertThat(group.host()).isEqualTo("gateway.example");
            assertThat(group.errorCode()).isZero();
        } else {
            assertThat(group.coordinators()).singleElement().satisfies(found -> {
                assertThat(found.key()).isEqualTo("g");
                assertThat(found.nodeId()).isEqualTo(1);
                assertThat(found.port()).isEqualTo(9092);
            });
        }
        if (version >= 4) {
            FindCoordinatorResponseData transaction = find(version, (byte) 1, "t");
            assertThat(transaction.coordinators().getFirst().errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
            assertThat(transaction.coordinators().getFirst().errorMessage()).contains("Transactions");
        }
    }

    private FindCoordinatorResponseData find(int version, byte type, String key) {
        FindCoordinatorRequestData request = new FindCoordinatorRequestData();
        if (version < 4) {
            request.setKey(key);
        } else {
            request.setCoordinatorKeys(List.of(key));
        }
        return client.ask(
                ApiKeys.FIND_COORDINATOR,
                version,
                version < 1 ? request : request.setKeyType(type),
                FindCoordinatorResponseData.class);
    }

    @ParameterizedTest
    @MethodSource
    void joinGroup(int version) {
        JoinGroupResponseData joined = join(version, "");
        if (joined.errorCode() == Errors.MEMBER_ID_REQUIRED.code()) {
            joined = join(version, joined.memberId());
        }
        assertThat(Errors.forCode(joined.errorCode())).isEqualTo(Errors.NONE);
        assertThat(joined.leader()).isEqualTo(joined.memberId());
        assertThat(joined.protocolName()).isEqualTo("range");

        SyncGroupRequestData sync = new SyncGroupRequestData()
                .setGroupId("g")
                .setGenerationId(joined.generationId())
                .setMemberId(joined.memberId())
                .setAssignments(List.of(new SyncGroupRequestAssignment()
                        .setMemberId(joined.memberId())
                        .setAssignment(new byte[] {1, 2})));
        int syncVersion = atMost(ApiKeys.SYNC_GROUP, version);
        if (syncVersion >= 5) {
            sync.setProtocolType("consumer").setProtocolName("range");
        }
        SyncGroupResponseData synced = client.ask(ApiKeys.SYNC_GROUP, syncVersion, sync, SyncGroupResponseData.class);
        assertThat(Errors.forCode(synced.errorCode())).isEqualTo(Errors.NONE);
        assertThat(synced.assignment()).containsExactly(1, 2);

        HeartbeatResponseData beat = client.ask(
                ApiKeys.HEARTBEAT,
                atMost(ApiKeys.HEARTBEAT, version),
                new HeartbeatRequestData()
                        .setGroupId("g")
                        .setGenerationId(joined.generationId())
                        .setMemberId(joined.memberId()),
                HeartbeatResponseData.class);
        assertThat(Errors.forCode(beat.errorCode())).isEqualTo(Errors.NONE);

        int leaveVersion = atMost(ApiKeys.LEAVE_GROUP, version);
        LeaveGroupRequestData leave = new LeaveGroupRequestData().setGroupId("g");
        if (leaveVersion < 3) {
            leave.setMemberId(joined.memberId());
        } else {
            leave.setMembers(List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId(joined.memberId())));
        }
        LeaveGroupResponseData left =
                client.ask(ApiKeys.LEAVE_GROUP, leaveVersion, leave, LeaveGroupResponseData.class);
        assertThat(Errors.forCode(left.errorCode())).isEqualTo(Errors.NONE);
    }

    private JoinGroupResponseData join(int version, String memberId) {
        JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[4]));
        return client.ask(
                ApiKeys.JOIN_GROUP,
                version,
                new JoinGroupRequestData()
                        .setGroupId("g")
                        .setSessionTimeoutMs(10_000)
                        .setRebalanceTimeoutMs(version < 1 ? -1 : Integer.MAX_VALUE)
                        .setMemberId(memberId)
                        .setProtocolType("consumer")
                        .setProtocols(protocols),
                JoinGroupResponseData.class);
    }

    @ParameterizedTest
    @MethodSource
    void offsetCommit(int version) {
        assertThat(commit(version, 1, 7)).isEqualTo(Errors.NONE);
        assertThat(commit(version, 99, 7)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(fetch(ApiKeys.OFFSET_FETCH.latestVersion(), false)).isEqualTo(7);
    }

    private Errors commit(int version, int partition, long offset) {
        OffsetCommitResponseData committed = client.ask(
                ApiKeys.OFFSET_COMMIT,
                version,
                new OffsetCommitRequestData()
                        .setGroupId("g")
                        .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setName("orders")
                                .setTopicId(GroupClient.id(topic))
                                .setPartitions(List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                        .setPartitionIndex(partition)
                                        .setCommittedOffset(offset)
                                        .setCommittedMetadata("m"))))),
                OffsetCommitResponseData.class);
        OffsetCommitResponseData.OffsetCommitResponseTopic answer =
                committed.topics().getFirst();
        if (version >= 10) {
            assertThat(answer.topicId()).isEqualTo(GroupClient.id(topic));
        } else {
            assertThat(answer.name()).isEqualTo("orders");
        }
        return Errors.forCode(answer.partitions().getFirst().errorCode());
    }

    @ParameterizedTest
    @MethodSource
    void offsetFetch(int version) {
        assertThat(commit(ApiKeys.OFFSET_COMMIT.latestVersion(), 1, 7)).isEqualTo(Errors.NONE);

        assertThat(fetch(version, false)).isEqualTo(7);
        if (version >= 2) {
            assertThat(fetch(version, true)).isEqualTo(7);
        }
    }

    private long fetch(int version, boolean all) {
        OffsetFetchRequestData request = new OffsetFetchRequestData();
        if (version < 8) {
            request.setGroupId("g")
                    .setTopics(
                            all
                                    ? null
                                    : List.of(new OffsetFetchRequestData.OffsetFetchRequestTopic()
                                            .setName("orders")
                                            .setPartitionIndexes(List.of(1))));
        } else {
            request.setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                    .setGroupId("g")
                    .setTopics(
                            all
                                    ? null
                                    : List.of(new OffsetFetchRequestData.OffsetFetchRequestTopics()
                                            .setName("orders")
                                            .setTopicId(GroupClient.id(topic))
                                            .setPartitionIndexes(List.of(1))))));
        }
        OffsetFetchResponseData fetched =
                client.ask(ApiKeys.OFFSET_FETCH, version, request, OffsetFetchResponseData.class);
        if (version < 8) {
            return fetched.topics().getFirst().partitions().getFirst().committedOffset();
        }
        OffsetFetchResponseData.OffsetFetchResponseGroup group =
                fetched.groups().getFirst();
        assertThat(Errors.forCode(group.errorCode())).isEqualTo(Errors.NONE);
        if (version >= 10) {
            assertThat(group.topics().getFirst().topicId()).isEqualTo(GroupClient.id(topic));
        }
        return group.topics().getFirst().partitions().getFirst().committedOffset();
    }

    @ParameterizedTest
    @MethodSource
    void describeGroups(int version) {
        commit(ApiKeys.OFFSET_COMMIT.latestVersion(), 1, 7);

        ListGroupsResponseData listed = client.ask(
                ApiKeys.LIST_GROUPS,
                atMost(ApiKeys.LIST_GROUPS, version),
                new ListGroupsRequestData(),
                ListGroupsResponseData.class);
        assertThat(listed.groups())
                .extracting(ListGroupsResponseData.ListedGroup::groupId)
                .containsExactly("g");

        DescribeGroupsResponseData described = client.ask(
                ApiKeys.DESCRIBE_GROUPS,
                version,
                new DescribeGroupsRequestData()
                        .setGroups(List.of("g", "absent"))
                        .setIncludeAuthorizedOperations(version >= 3),
                DescribeGroupsResponseData.class);
        assertThat(described.groups())
                .extracting(group -> group.groupId() + " " + group.groupState())
                .containsExactlyInAnyOrder("g Empty", "absent Dead");

        DeleteGroupsResponseData deleted = client.ask(
                ApiKeys.DELETE_GROUPS,
                atMost(ApiKeys.DELETE_GROUPS, version),
                new DeleteGroupsRequestData().setGroupsNames(List.of("g", "absent")),
                DeleteGroupsResponseData.class);
        assertThat(deleted.results().find("g").errorCode()).isZero();
        assertThat(deleted.results().find("absent").errorCode()).isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
    }

    @ParameterizedTest
    @MethodSource
    void consumerGroupHeartbeat(int version) {
        ConsumerGroupHeartbeatRequestData first = new ConsumerGroupHeartbeatRequestData()
                .setGroupId("modern")
                .setMemberId(version == 0 ? "" : "a-member-of-its-own")
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(Integer.MAX_VALUE)
                .setSubscribedTopicNames(List.of("orders"))
                .setTopicPartitions(List.of());
        ConsumerGroupHeartbeatResponseData joined =
                client.ask(ApiKeys.CONSUMER_GROUP_HEARTBEAT, version, first, ConsumerGroupHeartbeatResponseData.class);
        assertThat(Errors.forCode(joined.errorCode())).isEqualTo(Errors.NONE);
        assertThat(joined.memberEpoch()).isPositive();

        ConsumerGroupDescribeResponseData described = client.ask(
                ApiKeys.CONSUMER_GROUP_DESCRIBE,
                atMost(ApiKeys.CONSUMER_GROUP_DESCRIBE, version),
                new ConsumerGroupDescribeRequestData()
                        .setGroupIds(List.of("modern"))
                        .setIncludeAuthorizedOperations(true),
                ConsumerGroupDescribeResponseData.class);
        assertThat(described.groups().getFirst().members()).hasSize(1);
    }

    @Test
    void offsetDelete() {
        commit(ApiKeys.OFFSET_COMMIT.latestVersion(), 1, 7);
        OffsetDeleteRequestTopicCollection topics = new OffsetDeleteRequestTopicCollection();
        topics.add(new OffsetDeleteRequestTopic()
                .setName("orders")
                .setPartitions(List.of(
                        new OffsetDeleteRequestPartition().setPartitionIndex(1),
                        new OffsetDeleteRequestPartition().setPartitionIndex(42))));

        OffsetDeleteResponseData deleted = client.ask(
                ApiKeys.OFFSET_DELETE,
                0,
                new OffsetDeleteRequestData().setGroupId("g").setTopics(topics),
                OffsetDeleteResponseData.class);

        assertThat(deleted.topics().find("orders").partitions().find(1).errorCode())
                .isZero();
        assertThat(deleted.topics().find("orders").partitions().find(42).errorCode())
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(client.ask(ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData(), ListGroupsResponseData.class)
                        .groups())
                .hasSizeLessThanOrEqualTo(1);
    }
}
