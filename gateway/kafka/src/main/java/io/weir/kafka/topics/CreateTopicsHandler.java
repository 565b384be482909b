package io.weir.kafka.topics;

import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/** CreateTopics. Replication is the log's own: clients may ask for the default, or for one. */
public final class CreateTopicsHandler implements ApiHandler {
    private static final int DEFAULT_PARTITIONS = 1;

    private final MetadataCommands commands;
    private final int maxTopics;

    /**
     * A handler.
     *
     * @param maxTopics of one request
     */
    public CreateTopicsHandler(MetadataCommands commands, int maxTopics) {
        this.commands = commands;
        this.maxTopics = maxTopics;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.CREATE_TOPICS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        CreateTopicsRequest body = request.body(CreateTopicsRequest.class);
        CreateTopicsRequestData data = body.data();
        if (data.topics().size() > maxTopics) {
            return CompletableFuture.completedFuture(body.getErrorResponse(
                    0, Errors.INVALID_REQUEST.exception("At most " + maxTopics + " topics may be created at once")));
        }
        Set<String> repeated = repeated(data);
        CreateTopicsResponseData answer = new CreateTopicsResponseData();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        Set<String> answered = new HashSet<>();
        for (CreatableTopic wanted : data.topics()) {
            if (!answered.add(wanted.name())) {
                continue;
            }
            CreatableTopicResult result = new CreatableTopicResult().setName(wanted.name());
            answer.topics().add(result);
            pending.add(create(request, wanted, data.validateOnly(), repeated)
                    .handle((created, failure) -> failure == null
                            ? fill(result, created)
                            : refuse(result, ErrorTable.forAdmin(failure), failure.getMessage())));
        }
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .thenApply(done -> new CreateTopicsResponse(answer));
    }

    private static Set<String> repeated(CreateTopicsRequestData data) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new HashSet<>();
        data.topics().forEach(topic -> {
            if (!seen.add(topic.name())) {
                repeated.add(topic.name());
            }
        });
        return repeated;
    }

    private CompletableFuture<MetadataResult<Topic>> create(
            KafkaRequest request, CreatableTopic wanted, boolean validateOnly, Set<String> repeated) {
        Refusal refusal = repeated.contains(wanted.name())
                ? new Refusal(Errors.INVALID_REQUEST, "Topic is named more than once")
                : refusal(wanted);
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal.error().exception(refusal.message()));
        }
        Map<String, String> config = new HashMap<>();
        for (CreatableTopicConfig setting : wanted.configs()) {
            if (setting.value() == null) {
                return CompletableFuture.failedFuture(
                        Errors.INVALID_CONFIG.exception("Setting '" + setting.name() + "' has no value"));
            }
            config.put(setting.name(), setting.value());
        }
        int partitions = wanted.assignments().isEmpty()
                ? wanted.numPartitions()
                : wanted.assignments().size();
        int count = partitions == -1 ? DEFAULT_PARTITIONS : partitions;
        return validateOnly
                ? commands.validateTopic(request.tenant(), wanted.name(), count, config)
                : commands.createTopic(request.tenant(), wanted.name(), count, config);
    }

    private static @Nullable Refusal refusal(CreatableTopic wanted) {
        if (!TopicNames.legal(wanted.name())) {
            return new Refusal(Errors.INVALID_TOPIC_EXCEPTION, "Illegal topic name '" + wanted.name() + "'");
        }
        if (!wanted.assignments().isEmpty()) {
            return assignmentRefusal(wanted);
        }
        if (wanted.replicationFactor() != -1 && wanted.replicationFactor() != 1) {
            return new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "Replication factor " + wanted.replicationFactor()
                            + ": how often data is kept is a property of the write-ahead log; use 1 or -1");
        }
        return null;
    }

    private static @Nullable Refusal assignmentRefusal(CreatableTopic wanted) {
        if (wanted.numPartitions() != -1 || wanted.replicationFactor() != -1) {
            return new Refusal(
                    Errors.INVALID_REQUEST, "Assignments exclude a number of partitions and a replication factor");
        }
        Set<Integer> partitions = new HashSet<>();
        for (CreatableReplicaAssignment assignment : wanted.assignments()) {
            partitions.add(assignment.partitionIndex());
            if (assignment.brokerIds().size() != 1) {
                return new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "Partition " + assignment.partitionIndex() + " names "
                                + assignment.brokerIds().size() + " brokers; name one");
            }
        }
        for (int i = 0; i < wanted.assignments().size(); i++) {
            if (!partitions.contains(i)) {
                return new Refusal(Errors.INVALID_REPLICA_ASSIGNMENT, "Partition " + i + " is not assigned");
            }
        }
        return null;
    }

    private static CreatableTopicResult fill(CreatableTopicResult result, MetadataResult<Topic> created) {
        return switch (created) {
            case MetadataResult.Rejected<Topic> rejected ->
                refuse(result, ErrorTable.of(rejected.reason()), rejected.message());
            case MetadataResult.Accepted<Topic>(Topic topic) -> {
                List<CreatableTopicConfigs> settings = new ArrayList<>();
                topic.config()
                        .settings()
                        .forEach((name, value) -> settings.add(new CreatableTopicConfigs()
                                .setName(name)
                                .setValue(value)
                                .setConfigSource((topic.overrides().containsKey(name)
                                                ? ConfigSource.TOPIC_CONFIG
                                                : ConfigSource.DEFAULT_CONFIG)
                                        .id())));
                yield result.setTopicId(Uuids.of(topic.id()))
                        .setNumPartitions(topic.partitions())
                        .setReplicationFactor((short) 1)
                        .setConfigs(settings);
            }
        };
    }

    private static CreatableTopicResult refuse(CreatableTopicResult result, Errors error, @Nullable String message) {
        return result.setErrorCode(error.code()).setErrorMessage(message == null ? error.message() : message);
    }

    private record Refusal(Errors error, String message) {}
}
