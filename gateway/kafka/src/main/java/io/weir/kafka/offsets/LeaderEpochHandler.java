package io.weir.kafka.offsets;

import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.gateway.read.TieredReader;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.kafka.topics.Partitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.jspecify.annotations.Nullable;

/**
 * OffsetForLeaderEpoch. A stream moves between shards without losing what was committed, so that every epoch that ever
 * was reaches up to the end, and no consumer has to go back.
 *
 * <p>An epoch that is not known here is called unknown only once the shard has confirmed that the stream is still
 * there: an image that has missed a move has not heard of the newest epoch, and clients that are told that an epoch
 * never was give up their position.
 */
public final class LeaderEpochHandler implements ApiHandler {
    private final TieredReader reader;
    private final MetadataSource metadata;

    public LeaderEpochHandler(TieredReader reader, MetadataSource metadata) {
        this.reader = reader;
        this.metadata = metadata;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.OFFSET_FOR_LEADER_EPOCH);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        OffsetForLeaderEpochResponseData data = new OffsetForLeaderEpochResponseData();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (OffsetForLeaderTopic topic :
                request.body(OffsetsForLeaderEpochRequest.class).data().topics()) {
            OffsetForLeaderTopicResult answers = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            data.topics().add(answers);
            for (OffsetForLeaderPartition partition : topic.partitions()) {
                EpochEndOffset answer = new EpochEndOffset().setPartition(partition.partition());
                answers.partitions().add(answer);
                pending.add(resolve(request, topic.topic(), partition)
                        .handle((end, failure) -> fill(answer, partition.leaderEpoch(), end, failure)));
            }
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(done -> new OffsetsForLeaderEpochResponse(data));
    }

    private static EpochEndOffset fill(
            EpochEndOffset answer, int epoch, @Nullable Long end, @Nullable Throwable failure) {
        if (end == null) {
            return answer.setErrorCode((failure == null ? Errors.UNKNOWN_SERVER_ERROR : ErrorTable.of(failure)).code());
        }
        return answer.setLeaderEpoch(end < 0 ? -1 : epoch).setEndOffset(end);
    }

    private CompletableFuture<Long> resolve(KafkaRequest request, String topic, OffsetForLeaderPartition wanted) {
        StreamLocation location = Partitions.find(metadata.image(), request.tenant(), topic, wanted.partition());
        if (location == null) {
            return CompletableFuture.failedFuture(Errors.UNKNOWN_TOPIC_OR_PARTITION.exception());
        }
        Errors error = Partitions.epochError(wanted.currentLeaderEpoch(), location);
        if (error != Errors.NONE) {
            return CompletableFuture.failedFuture(error.exception());
        }
        boolean known = wanted.leaderEpoch() >= 0
                && wanted.leaderEpoch() <= location.incarnation().value();
        return reader.confirmedBounds(location)
                .thenCompose(bounds -> bounds.isEmpty()
                        ? CompletableFuture.failedFuture(Errors.NOT_LEADER_OR_FOLLOWER.exception())
                        : CompletableFuture.completedFuture(known ? bounds.get().end() : -1));
    }
}
