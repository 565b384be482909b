package io.weir.kafka.group.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.metadata.PausableSource;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A coordinator on cells in memory, and short ways to ask it. */
final class GroupsFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(1);

    final MemoryCellStore store;
    final MemoryMetadata metadata;
    /** What the coordinator sees of the metadata. */
    final PausableSource seen;

    final KafkaGroupCoordinator coordinator;

    GroupsFixture() {
        this(new MemoryMetadata());
    }

    private GroupsFixture(MemoryMetadata metadata) {
        this(new MemoryCellStore(metadata), metadata, CommitObserver.NONE);
    }

    GroupsFixture(MemoryCellStore store, MemoryMetadata metadata, CommitObserver observer) {
        this(store, metadata, observer, ConsumerGroupsConfig.DEFAULT, KafkaGroupCoordinator.Surroundings.USUAL);
    }

    GroupsFixture(
            MemoryCellStore store,
            MemoryMetadata metadata,
            CommitObserver observer,
            ConsumerGroupsConfig config,
            KafkaGroupCoordinator.Surroundings around) {
        this.store = store;
        this.metadata = metadata;
        this.seen = new PausableSource(metadata);
        metadata.registerNode(new ClusterNode(new NodeId(1), "127.0.0.1", 9092)).join();
        this.coordinator = new KafkaGroupCoordinator(
                config, new NodeId(1), TenantId.DEFAULT, store, seen, observer, new SimpleMeterRegistry(), around);
    }

    GroupsFixture started() {
        coordinator.start();
        return this;
    }

    /** Waits until the group's cell is loaded. */
    void awaitOpen(String group) {
        assertThat(coordinator.opened(KafkaGroupCoordinator.cellOf(group))).succeedsWithin(PATIENCE);
    }

    static RequestContext context(ApiKeys key) {
        return context(key, key.latestVersion());
    }

    static RequestContext context(ApiKeys key, short version) {
        return new RequestContext(
                new RequestHeader(key, version, "client", 1),
                "connection",
                InetAddress.getLoopbackAddress(),
                Optional.of(1),
                KafkaPrincipal.ANONYMOUS,
                new ListenerName("PLAINTEXT"),
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                false);
    }

    CompletableFuture<Errors> commit(String group, Topic topic, int partition, long offset) {
        return commitAs(group, "", -1, topic, partition, offset);
    }

    /** Commits as a member at an epoch. */
    CompletableFuture<Errors> commitAs(
            String group, String member, int epoch, Topic topic, int partition, long offset) {
        return coordinator
                .commitOffsets(
                        context(ApiKeys.OFFSET_COMMIT),
                        new OffsetCommitRequestData()
                                .setGroupId(group)
                                .setMemberId(member)
                                .setGenerationIdOrMemberEpoch(epoch)
                                .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                        .setTopicId(TenantTopics.uuid(topic.id()))
                                        .setName(topic.name())
                                        .setPartitions(
                                                List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                                        .setPartitionIndex(partition)
                                                        .setCommittedOffset(offset))))))
                .thenApply(GroupsFixture::firstError);
    }

    private static Errors firstError(OffsetCommitResponseData response) {
        return Errors.forCode(
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    /** Commits until it is acknowledged; retriable errors are tried again, as clients do. */
    void commitAcknowledged(String group, Topic topic, int partition, long offset) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Errors last = Errors.NONE;
        while (System.nanoTime() < deadline) {
            last = await(commit(group, topic, partition, offset));
            if (last == Errors.NONE) {
                return;
            }
            assertThat(last).isIn(Errors.NOT_COORDINATOR, Errors.COORDINATOR_LOAD_IN_PROGRESS);
            awaitOpen(group);
        }
        throw new AssertionError("Not acknowledged: " + last);
    }

    /** The committed offset; -1 when there is none. */
    CompletableFuture<Long> fetch(String group, Topic topic, int partition) {
        return fetchAnswer(group, topic, partition).thenApply(GroupsFixture::firstOffset);
    }

    /** What a fetch of the group's offset is refused with. */
    CompletableFuture<Errors> fetchError(String group, Topic topic, int partition) {
        return fetchAnswer(group, topic, partition)
                .handle((answer, failure) ->
                        failure == null ? Errors.forCode(answer.errorCode()) : ErrorTable.forGroup(failure));
    }

    private CompletableFuture<OffsetFetchResponseData.OffsetFetchResponseGroup> fetchAnswer(
            String group, Topic topic, int partition) {
        return coordinator.fetchOffsets(
                context(ApiKeys.OFFSET_FETCH),
                new OffsetFetchRequestData.OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(List.of(new OffsetFetchRequestData.OffsetFetchRequestTopics()
                                .setTopicId(TenantTopics.uuid(topic.id()))
                                .setName(topic.name())
                                .setPartitionIndexes(List.of(partition)))),
                false);
    }

    long fetchAcknowledged(String group, Topic topic, int partition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return fetch(group, topic, partition).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (Exception retriable) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("No offset could be fetched", retriable);
                }
                awaitOpen(group);
            }
        }
    }

    private static long firstOffset(OffsetFetchResponseData.OffsetFetchResponseGroup response) {
        return response.topics().getFirst().partitions().getFirst().committedOffset();
    }

    static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        coordinator.close();
    }
}
