package io.weir.contracts.metadata;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A named set of streams with one configuration.
 *
 * @param blocks ascending by partition, without gaps, from partition 0
 * @param overrides what differs from the defaults, by Kafka's names; always parses as a {@link TopicConfig}
 * @param config the parsed configuration
 */
public record Topic(
        TopicId id,
        TenantId tenant,
        String name,
        List<PartitionBlock> blocks,
        Map<String, String> overrides,
        TopicConfig config) {
    /** Most partitions a topic may have. */
    public static final int MAX_PARTITIONS = 100_000;

    public Topic {
        blocks = List.copyOf(blocks);
        overrides = Map.copyOf(overrides);
    }

    public int partitions() {
        return blocks.getLast().endPartition();
    }

    /** Where the partition's stream is; empty when there is no such partition. */
    public Optional<StreamLocation> location(int partition) {
        if (partition < 0 || partition >= partitions()) {
            return Optional.empty();
        }
        int low = 0;
        int high = blocks.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (partition < blocks.get(middle).endPartition()) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        PartitionBlock block = blocks.get(low);
        StreamId stream = new StreamId(block.firstStream().value() + (partition - block.firstPartition()));
        return Optional.of(new StreamLocation(stream, block.shard(), block.incarnation()));
    }
}
