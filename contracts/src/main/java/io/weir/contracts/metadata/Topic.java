package io.weir.contracts.metadata;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    /** The block that the stream is in; empty when it is none of the topic's. */
    public Optional<PartitionBlock> blockOf(StreamId stream) {
        return blocks.stream()
                .filter(block -> stream.value() >= block.firstStream().value()
                        && stream.value() < block.firstStream().value() + block.count())
                .findFirst();
    }

    /**
     * The topic with some of its partitions on another shard, one incarnation later. Neighbours that agree are one
     * block again.
     */
    public Topic placed(Collection<Integer> moved, ShardId to) {
        Set<Integer> among = Set.copyOf(moved);
        List<PartitionBlock> changed = new ArrayList<>();
        for (PartitionBlock block : blocks) {
            for (int partition = block.firstPartition(); partition < block.endPartition(); partition++) {
                boolean moves = among.contains(partition);
                StreamId stream = new StreamId(block.firstStream().value() + (partition - block.firstPartition()));
                ShardId shard = moves ? to : block.shard();
                Epoch incarnation = moves ? new Epoch(block.incarnation().value() + 1) : block.incarnation();
                PartitionBlock last = changed.isEmpty() ? null : changed.getLast();
                if (last != null && last.isFollowedBy(stream, shard, incarnation)) {
                    changed.set(
                            changed.size() - 1,
                            new PartitionBlock(
                                    last.firstPartition(), last.count() + 1, last.firstStream(), shard, incarnation));
                } else {
                    changed.add(new PartitionBlock(partition, 1, stream, shard, incarnation));
                }
            }
        }
        return new Topic(id, tenant, name, changed, overrides, config);
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
