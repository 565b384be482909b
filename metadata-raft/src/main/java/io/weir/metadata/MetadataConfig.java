package io.weir.metadata;

import io.weir.contracts.identity.NodeId;
import java.time.Duration;

/**
 * Settings of the metadata.
 *
 * @param node this process
 * @param shardCount WAL shards, fixed when the cluster is created
 * @param nodeLease how long a node may be silent before its cells go to others
 * @param snapshotBytes log bytes of a group after which a snapshot is due; or as many as the last snapshot had, if more
 * @param maxTopics most topics, fixed when the cluster is created
 * @param maxStreams most partitions of all topics together, fixed when the cluster is created
 * @param maxConfiguredGroups most consumer groups that carry settings, fixed when the cluster is created
 * @param queuedCommands most commands of a group that wait to be proposed
 * @param queuedBytes most bytes of commands of a group that wait to be proposed
 */
public record MetadataConfig(
        NodeId node,
        int shardCount,
        Duration nodeLease,
        long snapshotBytes,
        int maxTopics,
        long maxStreams,
        int maxConfiguredGroups,
        int queuedCommands,
        long queuedBytes) {
    public MetadataConfig {
        require(shardCount >= 1 && shardCount <= 256, "shard-count must be 1 to 256, not " + shardCount);
        require(
                nodeLease.compareTo(Duration.ofMillis(100)) >= 0 && nodeLease.compareTo(Duration.ofHours(1)) <= 0,
                "node-lease must be 100 ms to 1 h, not " + nodeLease);
        require(snapshotBytes >= 1024, "snapshot-bytes must be at least 1024, not " + snapshotBytes);
        require(maxTopics >= 1, "max-topics must be positive, not " + maxTopics);
        require(maxStreams >= 1, "max-streams must be positive, not " + maxStreams);
        require(maxConfiguredGroups >= 1, "max-configured-groups must be positive, not " + maxConfiguredGroups);
        require(queuedCommands >= 1, "queued-commands must be positive, not " + queuedCommands);
        require(queuedBytes >= 4 << 20, "queued-bytes must be at least 4 MiB, not " + queuedBytes);
    }

    /** The defaults. */
    public static MetadataConfig of(NodeId node, int shardCount) {
        return new MetadataConfig(
                node, shardCount, Duration.ofSeconds(3), 16L << 20, 1_000_000, 4_000_000, 100_000, 20_000, 32L << 20);
    }

    public MetadataConfig withSnapshotBytes(long bytes) {
        return new MetadataConfig(
                node,
                shardCount,
                nodeLease,
                bytes,
                maxTopics,
                maxStreams,
                maxConfiguredGroups,
                queuedCommands,
                queuedBytes);
    }

    private static void require(boolean legal, String message) {
        if (!legal) {
            throw new IllegalArgumentException(message);
        }
    }
}
