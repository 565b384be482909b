package io.weir.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.command.Decision;
import io.weir.metadata.command.Decisions;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.log.SnapshotCodec;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How much the image costs, in memory and time. Prints what it measured; fails only when a bound is far exceeded. */
class ScaleTest {
    private static final Runtime RUNTIME = Runtime.getRuntime();

    @Test
    void aMillionPartitionsInAThousandTopicsCostNextToNothingEach() throws IOException {
        measure(1_000, 1_000, 1, 8);
    }

    @Test
    void aMillionPartitionsOnEightShardsCostNextToNothingEach() throws IOException {
        measure(1_000, 1_000, 8, 16);
    }

    @Test
    void aHundredThousandTopicsOfOnePartition() throws IOException {
        measure(100_000, 1, 1, 800);
    }

    private static void measure(int topics, int partitions, int shards, int mostBytesPerPartition) throws IOException {
        long before = usedBytes();
        long startNanos = System.nanoTime();
        ClusterImage image = grow(topics, partitions, shards);
        long tookMs = (System.nanoTime() - startNanos) / 1_000_000;
        double perPartition =
                (usedBytes() - before) / (double) image.topicTable().streams();

        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        SnapshotCodec.write(image, snapshot);
        startNanos = System.nanoTime();
        ClusterImage restored = SnapshotCodec.read(new ByteArrayInputStream(snapshot.toByteArray()));
        long restoreMs = (System.nanoTime() - startNanos) / 1_000_000;

        System.out.printf(
                "%d topics of %d partitions on %d shards: %.1f B a partition, created in %d ms, snapshot %d kB, "
                        + "restored in %d ms%n",
                topics, partitions, shards, perPartition, tookMs, snapshot.size() / 1000, restoreMs);
        assertThat(restored).isEqualTo(image);
        assertThat(image.topicTable().streams()).isEqualTo((long) topics * partitions);
        Topic last = image.topic(TenantId.DEFAULT, "topic-" + (topics - 1)).orElseThrow();
        StreamId stream = last.location(partitions - 1).orElseThrow().stream();
        assertThat(image.topicOf(stream)).contains(last);
        assertThat(perPartition).isLessThan(mostBytesPerPartition);
    }

    private static ClusterImage grow(int topics, int partitions, int shards) {
        ClusterImage image = decided(
                ClusterImage.EMPTY,
                new MetadataCommand.CreateCluster("cluster", shards, new Bounds(1_000_000, 4_000_000, 1)));
        for (int i = 0; i < topics; i++) {
            TopicId id = new TopicId(new UUID(i * 0x9E3779B97F4A7C15L, i));
            image = decided(
                    image, new MetadataCommand.CreateTopic(TenantId.DEFAULT, "topic-" + i, id, partitions, Map.of()));
        }
        return image;
    }

    private static ClusterImage decided(ClusterImage image, MetadataCommand command) {
        Decision<?> decision = Decisions.decide(image, command);
        assertThat(decision.records()).isNotEmpty();
        ClusterImage next = image;
        for (MetadataRecord fact : decision.records()) {
            next = next.evolve(fact);
        }
        return next;
    }

    private static long usedBytes() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            used = Math.min(used, RUNTIME.totalMemory() - RUNTIME.freeMemory());
        }
        return used;
    }
}
