package io.weir.contracts.metadata;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes to the metadata. Every call returns once the change is durable <em>and</em> this process's image shows it.
 *
 * <p>Threading: any thread; never blocks. Futures complete exceptionally with a
 * {@link io.weir.contracts.failure.ServiceException} when the group cannot be reached; then the change may or may not
 * be made.
 */
public interface MetadataCommands {
    /**
     * Creates a topic.
     *
     * @param partitions 1 to {@link Topic#MAX_PARTITIONS}
     * @param config settings by Kafka's names
     */
    CompletableFuture<MetadataResult<Topic>> createTopic(
            TenantId tenant, String name, int partitions, Map<String, String> config);

    /** What {@link #createTopic} would answer, changing nothing. */
    CompletableFuture<MetadataResult<Topic>> validateTopic(
            TenantId tenant, String name, int partitions, Map<String, String> config);

    CompletableFuture<MetadataResult<Topic>> deleteTopic(TenantId tenant, TopicId topic);

    /**
     * Raises the number of partitions.
     *
     * @param total how many there shall be, more than there are
     * @param validateOnly check, but change nothing
     */
    CompletableFuture<MetadataResult<Topic>> addPartitions(
            TenantId tenant, String name, int total, boolean validateOnly);

    /**
     * Changes a topic's settings.
     *
     * @param changes new values; null puts a setting back to its default
     * @param replace whether settings that are not named go back to their defaults
     * @param validateOnly check, but change nothing
     */
    CompletableFuture<MetadataResult<Topic>> configureTopic(
            TenantId tenant, String name, Map<String, @Nullable String> changes, boolean replace, boolean validateOnly);

    /** Changes another resource's settings; parameters as for topics. Values are checked by the caller. */
    CompletableFuture<MetadataResult<Map<String, String>>> configure(
            ConfigResource resource, Map<String, @Nullable String> changes, boolean replace);

    /**
     * Sets ids aside that no producer has had.
     *
     * @param count 1 to 1000
     * @return the first; the others follow it
     */
    CompletableFuture<MetadataResult<Long>> allocateProducerIds(int count);

    /** Announces a gateway, replacing what it announced before, and starts or renews its lease. */
    CompletableFuture<MetadataResult<ClusterNode>> registerNode(ClusterNode node);

    /** Takes a gateway out, and gives up the cells it owns. */
    CompletableFuture<MetadataResult<NodeId>> unregisterNode(NodeId node);
}
