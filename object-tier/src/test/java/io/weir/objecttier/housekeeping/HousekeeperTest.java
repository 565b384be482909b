package io.weir.objecttier.housekeeping;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.read.ReadBudget;
import io.weir.objecttier.read.SegmentObjects;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class HousekeeperTest {
    private static final Duration AT_MOST = Duration.ofMinutes(1);

    private final ShardWorld world = new ShardWorld(7);
    private final Housekeeper housekeeper = keeping(() -> List.of(world.shard));

    private Housekeeper keeping(Supplier<List<ShardSegments>> shards) {
        return new Housekeeper(
                ShardWorld.CONFIG,
                shards,
                world.metadata,
                true,
                world.store,
                new SegmentObjects(
                        world.store, new ReadBudget(8, 1 << 20, 10), 1 << 20, 1 << 20, new SimpleMeterRegistry()),
                world.random::nextLong,
                DeletionHold.NONE,
                () -> Instant.ofEpochMilli(world.nowMs));
    }

    /** An object that the shard takes for an orphan. */
    private SegmentRef orphan() {
        world.metadata.topics(ShardWorld.SHARD, 2, List.of(Map.of()));
        SegmentRef orphan = world.write(Map.of(0L, 3), new ArrayList<>());
        world.ends.clear();
        world.flush(Map.of(0L, 3));
        return orphan;
    }

    private void belongsTo(String cluster) {
        world.memory
                .create(StoreClaim.KEY, List.of(ByteBuffer.wrap(cluster.getBytes(UTF_8))))
                .join();
    }

    @Test
    void deletesNothingInTheStoreOfAnotherCluster() {
        SegmentRef theirs = orphan();
        belongsTo("another");

        for (int i = 0; i < 3; i++) {
            world.nowMs += ShardKeeper.HUNT_EVERY_MS;
            assertThatThrownBy(housekeeper::pass)
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("belongs to cluster another");
        }
        assertThatThrownBy(() -> housekeeper.requireOwnStore(AT_MOST)).hasMessageContaining("another bucket");

        assertThat(world.memory.objects()).contains(theirs.key());
    }

    @Test
    void makesAStoreOfNobodyItsOwnAndKnowsItAgain() {
        SegmentRef orphan = orphan();
        housekeeper.requireOwnStore(AT_MOST);
        assertThat(new String(world.memory.bytes(StoreClaim.KEY), UTF_8)).isEqualTo("fixed");

        new StoreClaim(world.store, world.metadata).take().join();
        housekeeper.pass();

        assertThat(world.memory.objects()).contains(StoreClaim.KEY).doesNotContain(orphan.key());
    }

    @Test
    void looksAfterAShardThatIsAddedLater() {
        List<ShardSegments> shards = new ArrayList<>();
        Housekeeper growing = keeping(() -> List.copyOf(shards));
        SegmentRef orphan = orphan();
        growing.requireOwnStore(AT_MOST);
        growing.pass();
        assertThat(world.memory.objects()).contains(orphan.key());

        shards.add(world.shard);
        growing.pass();

        assertThat(world.memory.objects()).doesNotContain(orphan.key());
    }

    @Test
    void startsWithoutTheStoreButTouchesNothingUntilItIsThere() {
        SegmentRef orphan = orphan();
        belongsTo("fixed");
        world.memory.storm();

        housekeeper.requireOwnStore(AT_MOST);
        assertThatThrownBy(housekeeper::pass).isInstanceOf(ServiceException.class);
        assertThat(world.memory.objects()).contains(orphan.key());
        world.memory.calm();
        housekeeper.pass();

        assertThat(world.memory.objects()).doesNotContain(orphan.key());
    }
}
