package io.weir.kafka.config;

import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.GroupApis;
import java.util.List;
import java.util.function.Supplier;

/** The handlers of this package. */
public final class ConfigApis {
    /** Resources one request may name. */
    static final int MAX_RESOURCES = 10_000;

    private ConfigApis() {}

    /**
     * Handlers of DescribeConfigs, AlterConfigs, IncrementalAlterConfigs and ListConfigResources.
     *
     * @param self this gateway as clients know it
     */
    public static List<ApiHandler> handlers(
            MetadataSource metadata, MetadataCommands commands, GroupApis groups, Supplier<ClusterNode> self) {
        ConfigChanges changes = new ConfigChanges(metadata, commands, groups);
        return List.of(
                new DescribeConfigsHandler(metadata, groups, self),
                new AlterConfigsHandler(changes),
                new IncrementalAlterConfigsHandler(changes),
                new ListConfigResourcesHandler(metadata));
    }
}
