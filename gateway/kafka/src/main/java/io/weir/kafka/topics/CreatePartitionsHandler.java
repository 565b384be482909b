package io.weir.kafka.topics;

import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.jspecify.annotations.Nullable;

/** CreatePartitions: a topic's number of partitions grows. */
public final class CreatePartitionsHandler implements ApiHandler {
    private final MetadataSource metadata;
    private final MetadataCommands commands;

    public CreatePartitionsHandler(MetadataSource metadata, MetadataCommands commands) {
        this.metadata = metadata;
        this.commands = commands;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.CREATE_PARTITIONS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        CreatePartitionsRequestData data =
                request.body(CreatePartitionsRequest.class).data();
        CreatePartitionsResponseData answer = new CreatePartitionsResponseData();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (CreatePartitionsTopic wanted : data.topics()) {
            CreatePartitionsTopicResult result = new CreatePartitionsTopicResult().setName(wanted.name());
            answer.results().add(result);
            @Nullable String refusal = refusal(request, wanted);
            if (refusal != null) {
                result.setErrorCode(Errors.INVALID_REPLICA_ASSIGNMENT.code()).setErrorMessage(refusal);
                continue;
            }
            pending.add(commands.addPartitions(request.tenant(), wanted.name(), wanted.count(), data.validateOnly())
                    .handle((grown, failure) -> fill(result, grown, failure)));
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(done -> new CreatePartitionsResponse(answer));
    }

    private @Nullable String refusal(KafkaRequest request, CreatePartitionsTopic wanted) {
        @Nullable List<CreatePartitionsAssignment> assignments = wanted.assignments();
        if (assignments == null) {
            return null;
        }
        int present = metadata.image()
                .topic(request.tenant(), wanted.name())
                .map(Topic::partitions)
                .orElse(0);
        if (assignments.size() != wanted.count() - present) {
            return assignments.size() + " assignments for " + (wanted.count() - present) + " new partitions";
        }
        boolean oneEach = assignments.stream()
                .allMatch(assignment -> assignment.brokerIds().size() == 1);
        return oneEach ? null : "Name one broker for each new partition";
    }

    private static CreatePartitionsTopicResult fill(
            CreatePartitionsTopicResult result, @Nullable MetadataResult<Topic> grown, @Nullable Throwable failure) {
        if (failure != null) {
            return result.setErrorCode(ErrorTable.forAdmin(failure).code()).setErrorMessage(failure.getMessage());
        }
        return grown instanceof MetadataResult.Rejected<Topic> rejected
                ? result.setErrorCode(ErrorTable.of(rejected.reason()).code()).setErrorMessage(rejected.message())
                : result;
    }
}
