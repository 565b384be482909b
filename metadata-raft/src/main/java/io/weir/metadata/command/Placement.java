package io.weir.metadata.command;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.PartitionBlock;
import java.util.ArrayList;
import java.util.List;

/**
 * Which shards new partitions go to. A few partitions stay together on the shard with the fewest streams; more are
 * spread in blocks of about equal size, the next block always to the shard that has the fewest streams then.
 */
final class Placement {
    /** Partitions that are worth a block of their own. */
    static final int LEAST_BLOCK = 4;

    private static final Epoch FIRST_INCARNATION = new Epoch(0);

    private Placement() {}

    /**
     * Extends a topic's blocks.
     *
     * @param existing blocks so far, empty for a new topic
     * @param partitions how many more
     * @param firstStream stream of the first new partition
     * @param streamsByShard streams on each shard; shards beyond the end have none
     */
    static List<PartitionBlock> extend(
            List<PartitionBlock> existing, int partitions, long firstStream, int shardCount, long[] streamsByShard) {
        long[] loads = new long[shardCount];
        System.arraycopy(streamsByShard, 0, loads, 0, Math.min(shardCount, streamsByShard.length));
        List<PartitionBlock> blocks = new ArrayList<>(existing);
        int partition = existing.isEmpty() ? 0 : existing.getLast().endPartition();
        long stream = firstStream;
        int left = partitions;
        for (int blocksLeft = Math.clamp((partitions + LEAST_BLOCK - 1) / LEAST_BLOCK, 1, shardCount);
                blocksLeft > 0;
                blocksLeft--) {
            int count = (left + blocksLeft - 1) / blocksLeft;
            int shard = leastLoaded(loads);
            loads[shard] += count;
            add(
                    blocks,
                    new PartitionBlock(partition, count, new StreamId(stream), new ShardId(shard), FIRST_INCARNATION));
            partition += count;
            stream += count;
            left -= count;
        }
        return blocks;
    }

    /** Appends a block, or lengthens the last one when it continues it. */
    private static void add(List<PartitionBlock> blocks, PartitionBlock next) {
        if (!blocks.isEmpty()) {
            PartitionBlock last = blocks.getLast();
            if (last.shard().equals(next.shard())
                    && last.incarnation().equals(next.incarnation())
                    && last.firstStream().value() + last.count()
                            == next.firstStream().value()) {
                blocks.set(
                        blocks.size() - 1,
                        new PartitionBlock(
                                last.firstPartition(),
                                last.count() + next.count(),
                                last.firstStream(),
                                last.shard(),
                                last.incarnation()));
                return;
            }
        }
        blocks.add(next);
    }

    private static int leastLoaded(long[] loads) {
        int least = 0;
        for (int shard = 1; shard < loads.length; shard++) {
            if (loads[shard] < loads[least]) {
                least = shard;
            }
        }
        return least;
    }
}
