package io.weir.kafka.offsets;

import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamControl;
import io.weir.gateway.read.TieredReader;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.kafka.topics.Partitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.jspecify.annotations.Nullable;

/** DeleteRecords: raises the log start, at most to the end that the leader confirms. */
public final class DeleteRecordsHandler implements ApiHandler {
    private static final long TO_THE_END = -1;

    private final TieredReader reader;
    private final StreamControl control;
    private final MetadataSource metadata;

    public DeleteRecordsHandler(TieredReader reader, StreamControl control, MetadataSource metadata) {
        this.reader = reader;
        this.control = control;
        this.metadata = metadata;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.DELETE_RECORDS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        DeleteRecordsResponseData data = new DeleteRecordsResponseData();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (DeleteRecordsTopic topic :
                request.body(DeleteRecordsRequest.class).data().topics()) {
            DeleteRecordsTopicResult answers = new DeleteRecordsTopicResult().setName(topic.name());
            data.topics().add(answers);
            for (DeleteRecordsPartition partition : topic.partitions()) {
                DeleteRecordsPartitionResult answer = new DeleteRecordsPartitionResult()
                        .setPartitionIndex(partition.partitionIndex())
                        .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK);
                answers.partitions().add(answer);
                pending.add(trim(request, topic.name(), partition)
                        .handle((logStart, failure) -> fill(answer, logStart, failure)));
            }
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(done -> new DeleteRecordsResponse(data));
    }

    private static DeleteRecordsPartitionResult fill(
            DeleteRecordsPartitionResult answer, @Nullable Long logStart, @Nullable Throwable failure) {
        if (logStart != null) {
            return answer.setLowWatermark(logStart);
        }
        Errors error = failure == null ? Errors.UNKNOWN_SERVER_ERROR : ErrorTable.of(failure);
        boolean beyondTheEnd = failure != null && ErrorTable.cause(failure) instanceof IllegalArgumentException;
        return answer.setErrorCode((beyondTheEnd ? Errors.OFFSET_OUT_OF_RANGE : error).code());
    }

    private CompletableFuture<Long> trim(KafkaRequest request, String topic, DeleteRecordsPartition wanted) {
        StreamLocation location = Partitions.find(metadata.image(), request.tenant(), topic, wanted.partitionIndex());
        if (location == null) {
            return CompletableFuture.failedFuture(Errors.UNKNOWN_TOPIC_OR_PARTITION.exception());
        }
        return reader.confirmedBounds(location).thenCompose(bounds -> trim(location, bounds, wanted.offset()));
    }

    private CompletableFuture<Long> trim(StreamLocation location, Optional<StreamBounds> bounds, long wanted) {
        if (bounds.isEmpty()) {
            return CompletableFuture.failedFuture(Errors.NOT_LEADER_OR_FOLLOWER.exception());
        }
        long offset = wanted == TO_THE_END ? bounds.get().end() : wanted;
        if (offset < 0 || offset > bounds.get().end()) {
            return CompletableFuture.failedFuture(Errors.OFFSET_OUT_OF_RANGE.exception());
        }
        return control.trim(location, offset)
                .thenCompose(logStart -> logStart.isEmpty()
                        ? CompletableFuture.failedFuture(Errors.NOT_LEADER_OR_FOLLOWER.exception())
                        : CompletableFuture.completedFuture(logStart.get()));
    }
}
