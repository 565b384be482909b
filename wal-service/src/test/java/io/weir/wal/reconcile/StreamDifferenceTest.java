package io.weir.wal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.wal.entry.Command.StreamSpan;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.StreamMoves;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamDifferenceTest {
    private static final ShardId SHARD = new ShardId(0);
    private static final StreamMoves NO_MOVES = StreamMoves.NONE;

    private final MemoryMetadata metadata = new MemoryMetadata();

    @Test
    void opensWhatTheImageHasAndTheShardHasNot() {
        long first = first(metadata.create("a", 5));

        StreamDifference difference = StreamDifference.between(
                metadata.image(), SHARD, List.of(new StreamRange(first + 1, 2, 0, TenantId.DEFAULT)), NO_MOVES);

        assertThat(difference.toDelete()).isEmpty();
        assertThat(difference.toOpen())
                .containsExactly(
                        new StreamRange(first, 1, 0, TenantId.DEFAULT),
                        new StreamRange(first + 3, 2, 0, TenantId.DEFAULT));
    }

    @Test
    void deletesWhatTheShardHasAndTheImageHasNot() {
        Topic kept = metadata.create("a", 5);
        long first = first(kept);

        StreamDifference difference = StreamDifference.between(
                metadata.image(), SHARD, List.of(new StreamRange(0, first + 100, 0, TenantId.DEFAULT)), NO_MOVES);

        assertThat(difference.toOpen()).isEmpty();
        assertThat(difference.toDelete()).containsExactly(new StreamSpan(0, first), new StreamSpan(first + 5, 95));
    }

    @Test
    void findsNothingToDoWhenBothAgree() {
        long first = first(metadata.create("a", 5));
        metadata.create("b", 3);

        assertThat(StreamDifference.between(
                                metadata.image(),
                                SHARD,
                                List.of(new StreamRange(first, 8, 0, TenantId.DEFAULT)),
                                NO_MOVES)
                        .isEmpty())
                .isTrue();
    }

    @Test
    void leavesOtherShardsAlone() {
        metadata.create("a", 5);

        assertThat(StreamDifference.between(metadata.image(), new ShardId(1), List.of(), NO_MOVES)
                        .isEmpty())
                .isTrue();
    }

    /** Received, and about to be placed here; or placed elsewhere, and about to leave. */
    @Test
    void leavesStreamsAloneThatTheImagePlacesElsewhere() {
        long first = first(metadata.create("a", 5));

        assertThat(StreamDifference.between(
                                metadata.image(),
                                new ShardId(1),
                                List.of(new StreamRange(first, 5, 1, TenantId.DEFAULT)),
                                NO_MOVES)
                        .isEmpty())
                .isTrue();
    }

    private static long first(Topic topic) {
        return topic.blocks().getFirst().firstStream().value();
    }
}
