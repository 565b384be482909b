package io.weir.kafka.config;

import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.jspecify.annotations.Nullable;

/** IncrementalAlterConfigs (KIP-339): changes single settings. No setting is a list that could be added to. */
final class IncrementalAlterConfigsHandler implements ApiHandler {
    private final ConfigChanges changes;

    IncrementalAlterConfigsHandler(ConfigChanges changes) {
        this.changes = changes;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.INCREMENTAL_ALTER_CONFIGS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        IncrementalAlterConfigsRequestData body =
                request.body(IncrementalAlterConfigsRequest.class).data();
        boolean admitted = body.resources().size() <= ConfigApis.MAX_RESOURCES;
        List<CompletableFuture<AlterConfigsResourceResponse>> answers = new ArrayList<>();
        for (AlterConfigsResource resource : body.resources()) {
            CompletableFuture<ApiError> changed = admitted
                    ? changed(resource, request, body.validateOnly())
                    : ConfigChanges.refused(
                            Errors.INVALID_REQUEST,
                            "Request changes " + body.resources().size() + " resources; at most "
                                    + ConfigApis.MAX_RESOURCES + " are changed at once");
            answers.add(changed.thenApply(error -> new AlterConfigsResourceResponse()
                    .setResourceType(resource.resourceType())
                    .setResourceName(resource.resourceName())
                    .setErrorCode(error.error().code())
                    .setErrorMessage(error.message())));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> new IncrementalAlterConfigsResponse(new IncrementalAlterConfigsResponseData()
                        .setResponses(
                                answers.stream().map(CompletableFuture::join).toList())));
    }

    private CompletableFuture<ApiError> changed(
            AlterConfigsResource resource, KafkaRequest request, boolean validateOnly) {
        Map<String, @Nullable String> values = new HashMap<>();
        for (AlterableConfig config : resource.configs()) {
            Optional<ApiError> refusal = refusal(config, values.containsKey(config.name()));
            if (refusal.isPresent()) {
                return CompletableFuture.completedFuture(refusal.get());
            }
            values.put(config.name(), config.configOperation() == OpType.DELETE.id() ? null : config.value());
        }
        return changes.make(
                new ConfigChanges.Change(resource.resourceType(), resource.resourceName(), values, false),
                request,
                validateOnly);
    }

    private static Optional<ApiError> refusal(AlterableConfig config, boolean repeated) {
        if (repeated) {
            return Optional.of(
                    new ApiError(Errors.INVALID_REQUEST, "Setting '" + config.name() + "' is named more than once"));
        }
        if (config.configOperation() == OpType.DELETE.id()) {
            return Optional.empty();
        }
        if (config.configOperation() != OpType.SET.id()) {
            return Optional.of(new ApiError(
                    Errors.INVALID_CONFIG,
                    "Setting '" + config.name() + "' is no list: operation " + config.configOperation()
                            + " does not apply; set or delete it"));
        }
        return config.value() == null
                ? Optional.of(new ApiError(Errors.INVALID_CONFIG, "Setting '" + config.name() + "' has no value"))
                : Optional.empty();
    }
}
