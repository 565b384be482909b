package io.weir.kafka.config;

import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.GroupApis;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/** Changes to the settings of one resource: the part that AlterConfigs and IncrementalAlterConfigs share. */
final class ConfigChanges {
    private final MetadataSource metadata;
    private final MetadataCommands commands;
    private final GroupApis groups;

    ConfigChanges(MetadataSource metadata, MetadataCommands commands, GroupApis groups) {
        this.metadata = metadata;
        this.commands = commands;
        this.groups = groups;
    }

    /**
     * A change to one resource.
     *
     * @param changes new values; null puts a setting back to its default
     * @param replace whether settings that are not named go back to their defaults
     */
    record Change(byte type, String name, Map<String, @Nullable String> changes, boolean replace) {}

    /** Makes a change, or only checks it. Never completes exceptionally. */
    CompletableFuture<ApiError> make(Change change, KafkaRequest request, boolean validateOnly) {
        CompletableFuture<ApiError> made = switch (org.apache.kafka.common.config.ConfigResource.Type.forId(
                change.type())) {
            case TOPIC ->
                commands.configureTopic(
                                request.tenant(), change.name(), change.changes(), change.replace(), validateOnly)
                        .thenApply(ConfigChanges::error);
            case GROUP -> group(change, request, validateOnly);
            case BROKER ->
                refused(
                        Errors.INVALID_CONFIG,
                        "Broker settings cannot be changed while it runs: "
                                + change.changes().keySet());
            case BROKER_LOGGER, CLIENT_METRICS, UNKNOWN ->
                refused(Errors.INVALID_REQUEST, "Resources of type " + change.type() + " have no settings");
        };
        return made.exceptionally(failure -> new ApiError(
                ErrorTable.forAdmin(failure), ErrorTable.cause(failure).getMessage()));
    }

    private CompletableFuture<ApiError> group(Change change, KafkaRequest request, boolean validateOnly) {
        if (change.name().isEmpty()) {
            return refused(Errors.INVALID_REQUEST, "A group's name must not be empty");
        }
        ConfigResource.Group group = new ConfigResource.Group(request.tenant(), change.name());
        Map<String, String> merged =
                new HashMap<>(change.replace() ? Map.of() : metadata.image().config(group));
        change.changes().forEach((name, value) -> {
            if (value == null) {
                merged.remove(name);
            } else {
                merged.put(name, value);
            }
        });
        Optional<String> refusal = groups.refusal(merged);
        if (refusal.isPresent()) {
            return refused(Errors.INVALID_CONFIG, refusal.get());
        }
        return validateOnly
                ? CompletableFuture.completedFuture(ApiError.NONE)
                : commands.configure(group, change.changes(), change.replace()).thenApply(ConfigChanges::error);
    }

    private static ApiError error(MetadataResult<?> result) {
        return switch (result) {
            case MetadataResult.Accepted<?> accepted -> ApiError.NONE;
            case MetadataResult.Rejected<?> rejected ->
                new ApiError(ErrorTable.of(rejected.reason()), rejected.message());
        };
    }

    static CompletableFuture<ApiError> refused(Errors error, String message) {
        return CompletableFuture.completedFuture(new ApiError(error, message));
    }
}
