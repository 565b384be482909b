package io.weir.kafka.config;

import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.GroupApis;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/** DescribeConfigs: settings in effect, from the image. */
final class DescribeConfigsHandler implements ApiHandler {
    private final MetadataSource metadata;
    private final GroupApis groups;
    private final Supplier<ClusterNode> self;

    DescribeConfigsHandler(MetadataSource metadata, GroupApis groups, Supplier<ClusterNode> self) {
        this.metadata = metadata;
        this.groups = groups;
        this.self = self;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.DESCRIBE_CONFIGS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        DescribeConfigsRequestData body =
                request.body(DescribeConfigsRequest.class).data();
        DescribeConfigsResponseData answer = new DescribeConfigsResponseData();
        boolean admitted = body.resources().size() <= ConfigApis.MAX_RESOURCES;
        for (DescribeConfigsResource resource : body.resources()) {
            DescribeConfigsResult result = admitted
                    ? described(resource, request)
                    : failed(
                            Errors.INVALID_REQUEST,
                            "Request names " + body.resources().size() + " resources; at most "
                                    + ConfigApis.MAX_RESOURCES + " are answered at once");
            result.configs().forEach(config -> {
                if (!body.includeSynonyms()) {
                    config.setSynonyms(List.of());
                }
                if (!body.includeDocumentation()) {
                    config.setDocumentation(null);
                }
            });
            answer.results()
                    .add(result.setResourceType(resource.resourceType()).setResourceName(resource.resourceName()));
        }
        return CompletableFuture.completedFuture(new DescribeConfigsResponse(answer));
    }

    private DescribeConfigsResult described(DescribeConfigsResource resource, KafkaRequest request) {
        MetadataImage image = metadata.image();
        return switch (org.apache.kafka.common.config.ConfigResource.Type.forId(resource.resourceType())) {
            case TOPIC ->
                image.topic(request.tenant(), resource.resourceName())
                        .map(topic -> topic(topic, resource))
                        .orElseGet(() -> failed(
                                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                                "There is no topic '" + resource.resourceName() + "'"));
            case BROKER -> broker(resource);
            case GROUP ->
                resource.resourceName().isEmpty()
                        ? failed(Errors.INVALID_REQUEST, "A group's name must not be empty")
                        : group(
                                image.config(new ConfigResource.Group(request.tenant(), resource.resourceName())),
                                resource);
            case BROKER_LOGGER, CLIENT_METRICS, UNKNOWN ->
                failed(Errors.INVALID_REQUEST, "Resources of type " + resource.resourceType() + " have no settings");
        };
    }

    private static DescribeConfigsResult topic(Topic topic, DescribeConfigsResource resource) {
        return selected(
                SettingCatalog.TOPIC.stream(),
                setting -> setting.shown(topic.overrides(), ConfigSource.TOPIC_CONFIG),
                resource);
    }

    private DescribeConfigsResult group(Map<String, String> overrides, DescribeConfigsResource resource) {
        return selected(
                SettingCatalog.group(groups).stream(),
                setting -> setting.shown(overrides, ConfigSource.GROUP_CONFIG),
                resource);
    }

    private DescribeConfigsResult broker(DescribeConfigsResource resource) {
        if (resource.resourceName().isEmpty()) {
            return new DescribeConfigsResult();
        }
        ClusterNode node = self.get();
        if (!resource.resourceName().equals(Integer.toString(node.id().value()))) {
            return failed(
                    Errors.INVALID_REQUEST,
                    "Broker '" + resource.resourceName() + "' was asked for at broker "
                            + node.id().value());
        }
        return selected(SettingCatalog.broker(node).stream(), SettingDescription::shownReadOnly, resource);
    }

    private static DescribeConfigsResult selected(
            Stream<SettingDescription> settings,
            Function<SettingDescription, DescribeConfigsResourceResult> shown,
            DescribeConfigsResource resource) {
        @Nullable List<String> keys = resource.configurationKeys();
        Set<String> wanted = keys == null ? Set.of() : Set.copyOf(keys);
        return new DescribeConfigsResult()
                .setConfigs(settings.filter(setting -> keys == null || wanted.contains(setting.name()))
                        .map(shown)
                        .toList());
    }

    private static DescribeConfigsResult failed(Errors error, String message) {
        return new DescribeConfigsResult().setErrorCode(error.code()).setErrorMessage(message);
    }
}
