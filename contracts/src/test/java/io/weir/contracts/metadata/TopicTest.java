package io.weir.contracts.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TopicTest {
    @Test
    void locatesEveryPartitionInItsBlock() {
        Topic topic = topic(block(0, 3, 100, 0), block(3, 1, 50, 1), block(4, 5, 900, 2));

        assertThat(topic.partitions()).isEqualTo(9);
        assertThat(topic.location(0)).contains(at(100, 0));
        assertThat(topic.location(2)).contains(at(102, 0));
        assertThat(topic.location(3)).contains(at(50, 1));
        assertThat(topic.location(4)).contains(at(900, 2));
        assertThat(topic.location(8)).contains(at(904, 2));
    }

    @Test
    void knowsNoPartitionOutsideItsBlocks() {
        Topic topic = topic(block(0, 3, 100, 0));

        assertThat(topic.location(-1)).isEmpty();
        assertThat(topic.location(3)).isEmpty();
        assertThat(topic.location(Integer.MAX_VALUE)).isEmpty();
    }

    private static Topic topic(PartitionBlock... blocks) {
        return new Topic(
                new TopicId(new UUID(1, 2)), TenantId.DEFAULT, "t", List.of(blocks), Map.of(), TopicConfig.DEFAULT);
    }

    private static PartitionBlock block(int first, int count, long stream, int shard) {
        return new PartitionBlock(first, count, new StreamId(stream), new ShardId(shard), new Epoch(shard));
    }

    private static StreamLocation at(long stream, int shard) {
        return new StreamLocation(new StreamId(stream), new ShardId(shard), new Epoch(shard));
    }
}
