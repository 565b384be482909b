package io.weir.kafka.topics;

import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;
import org.jspecify.annotations.Nullable;

/** DeleteTopics, by name or by id. */
public final class DeleteTopicsHandler implements ApiHandler {
    private final MetadataSource metadata;
    private final MetadataCommands commands;
    private final int maxTopics;

    public DeleteTopicsHandler(MetadataSource metadata, MetadataCommands commands, int maxTopics) {
        this.metadata = metadata;
        this.commands = commands;
        this.maxTopics = maxTopics;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.DELETE_TOPICS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        DeleteTopicsRequest body = request.body(DeleteTopicsRequest.class);
        List<DeleteTopicState> wanted = body.topics();
        if (wanted.size() > maxTopics) {
            return CompletableFuture.completedFuture(body.getErrorResponse(
                    0, Errors.INVALID_REQUEST.exception("At most " + maxTopics + " topics may be deleted at once")));
        }
        DeleteTopicsResponseData answer = new DeleteTopicsResponseData();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        Set<Object> seen = new HashSet<>();
        MetadataImage image = metadata.image();
        for (DeleteTopicState state : wanted) {
            @Nullable String name = state.name();
            if (!seen.add(name == null ? state.topicId() : name)) {
                continue;
            }
            DeletableTopicResult result =
                    new DeletableTopicResult().setName(name).setTopicId(state.topicId());
            answer.responses().add(result);
            Topic topic = find(image, request, name, state.topicId());
            if (topic == null) {
                result.setErrorCode(
                        (name == null ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION).code());
                continue;
            }
            result.setName(topic.name()).setTopicId(Uuids.of(topic.id()));
            pending.add(commands.deleteTopic(request.tenant(), topic.id())
                    .handle((deleted, failure) -> fill(result, deleted, failure)));
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(done -> new DeleteTopicsResponse(answer));
    }

    private static @Nullable Topic find(MetadataImage image, KafkaRequest request, @Nullable String name, Uuid id) {
        return (name == null ? image.topic(Uuids.topicId(id)) : image.topic(request.tenant(), name))
                .filter(topic -> topic.tenant().equals(request.tenant()))
                .orElse(null);
    }

    private static DeletableTopicResult fill(
            DeletableTopicResult result, @Nullable MetadataResult<Topic> deleted, @Nullable Throwable failure) {
        if (failure != null) {
            return result.setErrorCode(ErrorTable.forAdmin(failure).code()).setErrorMessage(failure.getMessage());
        }
        return deleted instanceof MetadataResult.Rejected<Topic> rejected
                ? result.setErrorCode(ErrorTable.of(rejected.reason()).code()).setErrorMessage(rejected.message())
                : result;
    }
}
