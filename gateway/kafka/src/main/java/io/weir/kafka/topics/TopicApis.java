package io.weir.kafka.topics;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.protocol.ApiHandler;
import java.util.List;
import java.util.function.Supplier;

/** The handlers of this package, but for ApiVersions. */
public final class TopicApis {
    private TopicApis() {}

    /**
     * Handlers of topics and the cluster.
     *
     * @param self this gateway as clients know it
     * @param shards where a partition's leader is
     * @param maxTopics that one request may create or delete
     */
    public static List<ApiHandler> handlers(
            MetadataSource metadata,
            MetadataCommands commands,
            Supplier<ClusterNode> self,
            ShardLeaders shards,
            int maxTopics) {
        return List.of(
                new MetadataHandler(metadata, self, shards),
                new CreateTopicsHandler(commands, maxTopics),
                new DeleteTopicsHandler(metadata, commands, maxTopics),
                new CreatePartitionsHandler(metadata, commands),
                new DescribeClusterHandler(metadata, self, shards),
                new DescribeTopicPartitionsHandler(metadata, self, shards));
    }
}
