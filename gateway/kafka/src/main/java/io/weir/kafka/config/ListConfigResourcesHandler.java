package io.weir.kafka.config;

import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData.ConfigResource;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ListConfigResourcesRequest;
import org.apache.kafka.common.requests.ListConfigResourcesResponse;

/** ListConfigResources (KIP-1142): what there is that has settings. */
final class ListConfigResourcesHandler implements ApiHandler {
    private static final short TYPES_SINCE = 1;

    private final MetadataSource metadata;

    ListConfigResourcesHandler(MetadataSource metadata) {
        this.metadata = metadata;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.LIST_CONFIG_RESOURCES);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        ListConfigResourcesRequest body = request.body(ListConfigResourcesRequest.class);
        Set<Byte> wanted = new TreeSet<>(body.data().resourceTypes());
        // Version 0 asks for client metrics only, of which there are none; an empty list asks for everything.
        boolean all = wanted.isEmpty() && request.version() >= TYPES_SINCE;
        ListConfigResourcesResponseData answer = new ListConfigResourcesResponseData();
        if (!body.supportedResourceTypes().containsAll(wanted)) {
            return CompletableFuture.completedFuture(
                    new ListConfigResourcesResponse(answer.setErrorCode(Errors.UNSUPPORTED_VERSION.code())));
        }
        MetadataImage image = metadata.image();
        List<ConfigResource> resources = Stream.of(
                        names(
                                org.apache.kafka.common.config.ConfigResource.Type.TOPIC,
                                all,
                                wanted,
                                image.topics(request.tenant()).stream().map(topic -> topic.name())),
                        names(
                                org.apache.kafka.common.config.ConfigResource.Type.BROKER,
                                all,
                                wanted,
                                image.nodes().stream()
                                        .map(node -> Integer.toString(node.id().value()))),
                        names(
                                org.apache.kafka.common.config.ConfigResource.Type.GROUP,
                                all,
                                wanted,
                                image.configured(request.tenant()).stream().map(ListConfigResourcesHandler::name)))
                .flatMap(found -> found)
                .toList();
        return CompletableFuture.completedFuture(new ListConfigResourcesResponse(answer.setConfigResources(resources)));
    }

    private static Stream<ConfigResource> names(
            org.apache.kafka.common.config.ConfigResource.Type type,
            boolean all,
            Set<Byte> wanted,
            Stream<String> names) {
        return all || wanted.contains(type.id())
                ? names.map(
                        name -> new ConfigResource().setResourceType(type.id()).setResourceName(name))
                : Stream.empty();
    }

    private static String name(io.weir.contracts.metadata.ConfigResource resource) {
        return switch (resource) {
            case io.weir.contracts.metadata.ConfigResource.Group group -> group.name();
        };
    }
}
