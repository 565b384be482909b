package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.metadata.command.Cluster;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.Bounds;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MetadataStateTest implements MetadataState.Observer {
    private static final int CONFIGURED = 10_000;

    private final MetadataState state = new MetadataState(this);
    private final List<Long> versions = new ArrayList<>();

    @Test
    void neverShowsAnOlderImageWhileTheLogIsReplayedAfterADiskFailure() {
        // Given a cluster with topics
        List<ByteBuffer> entries = List.of(
                entry(new MetadataCommand.CreateCluster("AAAAAAAAAAAAAAAAAAAAAA", 1, new Bounds(100, 100, 100))),
                entry(Cluster.create("a", 1, Map.of())),
                entry(Cluster.create("b", 1, Map.of())));
        replay(entries);
        ClusterImage before = state.image();

        // When the group is opened again in the same process
        state.reset();
        for (int i = 0; i < entries.size(); i++) {
            // Then nobody takes the topics for deleted meanwhile
            assertThat(state.image().topic(Cluster.idOf("b"))).isPresent();
            replay(entries.subList(i, i + 1));
        }

        assertThat(state.image().version()).isEqualTo(before.version());
        assertThat(state.image()).isNotSameAs(before);
        assertThat(versions).isSorted();
        replay(List.of(entry(Cluster.create("c", 1, Map.of()))));
        assertThat(state.image().topic(Cluster.idOf("c"))).isPresent();
        assertThat(versions).isSorted().last().isEqualTo(state.image().version());
    }

    @Test
    void aReplayTakesNoLongerForWhatIsShownMeanwhile() {
        // Given a log, the longer part of which changes nothing of what the first part has left
        List<ByteBuffer> entries = new ArrayList<>();
        entries.add(entry(
                new MetadataCommand.CreateCluster("AAAAAAAAAAAAAAAAAAAAAA", 1, new Bounds(100, 100, CONFIGURED))));
        for (int i = 0; i < CONFIGURED; i++) {
            SortedMap<String, @Nullable String> settings = new TreeMap<>(Map.of("k", "v"));
            entries.add(entry(new MetadataCommand.Configure(
                    new ConfigResource.Group(TenantId.DEFAULT, "group " + i), settings, true)));
        }
        for (int i = 0; i < 2 * CONFIGURED; i++) {
            entries.add(entry(new MetadataCommand.AllocateProducerIds(1)));
        }
        long applied = nanosOf(() -> replay(entries));

        // When it is replayed while its last image is shown
        state.reset();
        long replayed = nanosOf(() -> replay(entries));

        // Then the time is that of the entries
        assertThat(Duration.ofNanos(replayed))
                .as("it was applied in %s", Duration.ofNanos(applied))
                .isLessThan(Duration.ofNanos(10 * applied).plusSeconds(1));
    }

    private static long nanosOf(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    private static ByteBuffer entry(MetadataCommand command) {
        return CommandCodec.entry(0, List.of(CommandCodec.encode(command)));
    }

    private void replay(List<ByteBuffer> entries) {
        for (ByteBuffer entry : entries) {
            state.apply(new LogPosition(1, 1), List.of(entry.duplicate()));
        }
    }

    @Override
    public void applied(
            ClusterImage before, ClusterImage after, Set<TopicId> changed, Set<TopicId> deleted, int bytes) {
        assertThat(deleted).isEmpty();
        versions.add(after.version());
    }

    @Override
    public void restored(ClusterImage image) {
        versions.add(image.version());
    }

    @Override
    public void leadershipChanged(Leadership leadership) {}

    @Override
    public void heardFrom(NodeId node) {}

    @Override
    public void connectionLost(NodeId node) {}

    @Override
    public void written(long bytes) {}
}
