package io.weir.kafka.config;

import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/** AlterConfigs: replaces all settings of a resource. */
final class AlterConfigsHandler implements ApiHandler {
    private final ConfigChanges changes;

    AlterConfigsHandler(ConfigChanges changes) {
        this.changes = changes;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.ALTER_CONFIGS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        AlterConfigsRequestData body = request.body(AlterConfigsRequest.class).data();
        List<CompletableFuture<AlterConfigsResourceResponse>> answers = new ArrayList<>();
        for (AlterConfigsResource resource : body.resources()) {
            answers.add(changed(resource, body, request)
                    .thenApply(error -> new AlterConfigsResourceResponse()
                            .setResourceType(resource.resourceType())
                            .setResourceName(resource.resourceName())
                            .setErrorCode(error.error().code())
                            .setErrorMessage(error.message())));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> new AlterConfigsResponse(new AlterConfigsResponseData()
                        .setResponses(
                                answers.stream().map(CompletableFuture::join).toList())));
    }

    private CompletableFuture<ApiError> changed(
            AlterConfigsResource resource, AlterConfigsRequestData body, KafkaRequest request) {
        if (body.resources().size() > ConfigApis.MAX_RESOURCES) {
            return ConfigChanges.refused(
                    Errors.INVALID_REQUEST,
                    "Request changes " + body.resources().size() + " resources; at most " + ConfigApis.MAX_RESOURCES
                            + " are changed at once");
        }
        Map<String, @Nullable String> values = new HashMap<>();
        for (AlterableConfig config : resource.configs()) {
            if (config.value() == null) {
                return ConfigChanges.refused(Errors.INVALID_CONFIG, "Setting '" + config.name() + "' has no value");
            }
            values.put(config.name(), config.value());
        }
        return changes.make(
                new ConfigChanges.Change(resource.resourceType(), resource.resourceName(), values, true),
                request,
                body.validateOnly());
    }
}
