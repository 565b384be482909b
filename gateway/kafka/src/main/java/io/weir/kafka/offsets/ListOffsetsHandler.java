package io.weir.kafka.offsets;

import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.read.StreamBounds;
import io.weir.gateway.read.StoredBatch;
import io.weir.gateway.read.TieredReader;
import io.weir.kafka.offsets.OffsetQuery.Found;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.kafka.topics.Partitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.jspecify.annotations.Nullable;

/** ListOffsets: every answer is confirmed by the stream's leader. */
public final class ListOffsetsHandler implements ApiHandler {
    private static final short EPOCH_SINCE = 4;

    private final TieredReader reader;
    private final MetadataSource metadata;
    private final Executor decoders;
    private final int maxPartitions;

    /**
     * A handler.
     *
     * @param decoders looks for records inside batches
     * @param maxPartitions of one request
     */
    public ListOffsetsHandler(TieredReader reader, MetadataSource metadata, Executor decoders, int maxPartitions) {
        this.reader = reader;
        this.metadata = metadata;
        this.decoders = decoders;
        this.maxPartitions = maxPartitions;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.LIST_OFFSETS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        ListOffsetsRequest body = request.body(ListOffsetsRequest.class);
        int partitions = body.topics().stream()
                .mapToInt(topic -> topic.partitions().size())
                .sum();
        if (partitions > maxPartitions) {
            return CompletableFuture.completedFuture(body.getErrorResponse(
                    0, Errors.INVALID_REQUEST.exception(partitions + " partitions; at most " + maxPartitions)));
        }
        byte isolation = body.data().isolationLevel();
        if (isolation < 0 || isolation > IsolationLevel.READ_COMMITTED.id()) {
            return CompletableFuture.completedFuture(
                    body.getErrorResponse(0, Errors.INVALID_REQUEST.exception("Isolation level " + isolation)));
        }
        List<ListOffsetsTopicResponse> topics = new ArrayList<>();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (ListOffsetsTopic topic : body.topics()) {
            List<ListOffsetsPartitionResponse> answers = new ArrayList<>();
            topics.add(new ListOffsetsTopicResponse().setName(topic.name()).setPartitions(answers));
            for (ListOffsetsPartition partition : topic.partitions()) {
                ListOffsetsPartitionResponse answer =
                        new ListOffsetsPartitionResponse().setPartitionIndex(partition.partitionIndex());
                answers.add(answer);
                pending.add(resolve(request, body, topic.name(), partition)
                        .handle((found, failure) -> fill(answer, found, failure, request.version())));
            }
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(done -> new ListOffsetsResponse(new ListOffsetsResponseData().setTopics(topics)));
    }

    private static ListOffsetsPartitionResponse fill(
            ListOffsetsPartitionResponse answer, @Nullable Found found, @Nullable Throwable failure, short version) {
        if (found == null) {
            return answer.setErrorCode((failure == null ? Errors.UNKNOWN_SERVER_ERROR : ErrorTable.of(failure)).code());
        }
        if (version >= EPOCH_SINCE) {
            answer.setLeaderEpoch(found.leaderEpoch());
        }
        return answer.setOffset(found.offset()).setTimestamp(found.timestampMs());
    }

    private CompletableFuture<Found> resolve(
            KafkaRequest request, ListOffsetsRequest body, String topic, ListOffsetsPartition wanted) {
        if (body.duplicatePartitions().contains(new TopicPartition(topic, wanted.partitionIndex()))) {
            return CompletableFuture.failedFuture(Errors.INVALID_REQUEST.exception());
        }
        StreamLocation location = Partitions.find(metadata.image(), request.tenant(), topic, wanted.partitionIndex());
        if (location == null) {
            return CompletableFuture.failedFuture(Errors.UNKNOWN_TOPIC_OR_PARTITION.exception());
        }
        Errors epoch = Partitions.epochError(wanted.currentLeaderEpoch(), location);
        if (epoch != Errors.NONE) {
            return CompletableFuture.failedFuture(epoch.exception());
        }
        OffsetQuery query = OffsetQuery.of(wanted.timestamp(), request.version());
        boolean committedOnly = body.isolationLevel() == IsolationLevel.READ_COMMITTED;
        return reader.confirmedBounds(location)
                .thenCompose(bounds -> bounds.isEmpty()
                        ? CompletableFuture.failedFuture(Errors.NOT_LEADER_OR_FOLLOWER.exception())
                        : answer(query, location, bounds.get(), committedOnly));
    }

    private CompletableFuture<Found> answer(
            OffsetQuery query, StreamLocation location, StreamBounds bounds, boolean committedOnly) {
        int epoch = location.incarnation().value();
        return switch (query) {
            case OffsetQuery.Start.START -> found(new Found(-1, bounds.logStart(), epoch));
            case OffsetQuery.End.END -> found(new Found(-1, committedOnly ? bounds.lastStable() : bounds.end(), epoch));
            case OffsetQuery.Nowhere.NOWHERE -> found(Found.NOTHING);
            case OffsetQuery.Unsupported.UNSUPPORTED ->
                CompletableFuture.failedFuture(Errors.UNSUPPORTED_VERSION.exception());
            case OffsetQuery.AtLeast(long timestampMs) -> firstReaching(location, timestampMs, 0, bounds);
            case OffsetQuery.Largest.LARGEST -> latest(location, 0, bounds);
        };
    }

    private static CompletableFuture<Found> found(Found found) {
        return CompletableFuture.completedFuture(found);
    }

    /** A batch of which the log start has cut off what reaches the time is no answer: one behind it may reach it. */
    private CompletableFuture<Found> firstReaching(
            StreamLocation location, long timestampMs, long from, StreamBounds bounds) {
        return inside(reader.firstBatchReaching(location, from, timestampMs), batch -> {
            Found found = RecordSearch.firstReaching(batch, timestampMs, bounds.logStart());
            return found.equals(Found.NOTHING) && isCut(batch, bounds)
                    ? firstReaching(location, timestampMs, batch.nextOffset(), bounds)
                    : found(found);
        });
    }

    /** Where the log start has cut off the latest record, the latest of the rest of its batch and of those behind. */
    private CompletableFuture<Found> latest(StreamLocation location, long from, StreamBounds bounds) {
        return inside(reader.latestBatch(location, from), batch -> {
            Found found = RecordSearch.latest(batch, bounds.logStart());
            return found.timestampMs() < batch.batch().maxTimestampMs() && isCut(batch, bounds)
                    ? latest(location, batch.nextOffset(), bounds)
                            .thenApply(behind -> behind.timestampMs() > found.timestampMs() ? behind : found)
                    : found(found);
        });
    }

    private static boolean isCut(StoredBatch batch, StreamBounds bounds) {
        return batch.baseOffset() < bounds.logStart();
    }

    private CompletableFuture<Found> inside(
            CompletableFuture<Optional<StoredBatch>> search, Function<StoredBatch, CompletableFuture<Found>> look) {
        return search.thenComposeAsync(batch -> batch.map(look).orElseGet(() -> found(Found.NOTHING)), decoders);
    }
}
