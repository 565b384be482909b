package io.weir.metadata.command;

import static io.weir.metadata.command.Cluster.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.contracts.metadata.Topic;
import java.util.List;
import org.junit.jupiter.api.Test;

class MoveDecisionsTest {
    private static final ShardId ZERO = new ShardId(0);
    private static final ShardId TWO = new ShardId(2);

    private final Cluster cluster = Cluster.of(3);
    private final Topic topic = cluster.topic("orders", 3);

    @Test
    void plansWhatIsNotThereYetByTheShardThatItLeaves() {
        assertThat(topic.blocks()).hasSize(1);
        assertThat(plan(List.of(1), TWO))
                .containsExactly(
                        new StreamMove(cluster.image().version(), topic.id(), List.of(1), ZERO, TWO, Phase.PLANNED));
        assertThat(cluster.image().moves()).hasSize(1);
        assertThat(plan(List.of(0), ZERO)).isEmpty();
    }

    @Test
    void aPlacedPartitionIsOnItsNewShardOneIncarnationLater() {
        StreamMove move = plan(List.of(1), TWO).getFirst();
        StreamId stream = topic.location(1).orElseThrow().stream();

        cluster.accepted(advance(move, Phase.PLACED));

        Topic placed = cluster.image().topic(topic.id()).orElseThrow();
        assertThat(placed.location(1)).contains(new StreamLocation(stream, TWO, new Epoch(1)));
        assertThat(placed.location(0)).isEqualTo(topic.location(0));
        assertThat(placed.location(2)).isEqualTo(topic.location(2));
        assertThat(placed.blocks()).hasSize(3);
        assertThat(cluster.image().topicOf(stream)).contains(placed);
        assertThat(cluster.image().moves()).containsExactly(move.in(Phase.PLACED));
        assertThat(cluster.image().topicTable().streamsByShard()).containsExactly(2, 0, 1);
    }

    @Test
    void partitionsThatMoveTogetherAreOneBlockAgain() {
        StreamMove move = plan(List.of(), TWO).getFirst();

        cluster.accepted(advance(move, Phase.PLACED));

        assertThat(cluster.image().topic(topic.id()).orElseThrow().blocks()).hasSize(1);
    }

    @Test
    void whatIsPlacedCannotBeGivenUpNorTheOtherWayRound() {
        StreamMove placed = plan(List.of(0), TWO).getFirst();
        cluster.accepted(advance(placed, Phase.PLACED));
        StreamMove cancelled = plan(List.of(1), TWO).getFirst();
        cluster.accepted(advance(cancelled, Phase.CANCELLED));

        assertThat(cluster.rejected(advance(placed, Phase.CANCELLED))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.rejected(advance(cancelled, Phase.PLACED))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.rejected(advance(cancelled, Phase.PLANNED))).isEqualTo(Rejection.INVALID_REQUEST);
    }

    @Test
    void aRepeatedStepChangesNothing() {
        StreamMove move = plan(List.of(0), TWO).getFirst();
        cluster.accepted(advance(move, Phase.PLACED));
        long version = cluster.image().version();

        cluster.accepted(advance(move, Phase.PLACED));

        assertThat(cluster.image().version()).isEqualTo(version);
        assertThat(cluster.image()
                        .topic(topic.id())
                        .orElseThrow()
                        .location(0)
                        .orElseThrow()
                        .incarnation())
                .isEqualTo(new Epoch(1));
    }

    @Test
    void endsOnlyWhatIsPlacedOrGivenUp() {
        StreamMove move = plan(List.of(0), TWO).getFirst();
        MetadataCommand end = new MetadataCommand.Moves(new MoveCommand.End(move.id()));

        assertThat(cluster.rejected(end)).isEqualTo(Rejection.INVALID_REQUEST);
        cluster.accepted(advance(move, Phase.CANCELLED));
        cluster.accepted(end);

        assertThat(cluster.image().moves()).isEmpty();
        assertThat(cluster.rejected(end)).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.image().topic(topic.id())).contains(topic);
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThat(cluster.rejected(planned("none", List.of(), TWO))).isEqualTo(Rejection.UNKNOWN_TOPIC);
        assertThat(cluster.rejected(planned("orders", List.of(), new ShardId(3))))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.rejected(planned("orders", List.of(3), TWO))).isEqualTo(Rejection.INVALID_PARTITIONS);
        assertThat(cluster.rejected(planned("orders", List.of(-1), TWO))).isEqualTo(Rejection.INVALID_PARTITIONS);
    }

    @Test
    void aPartitionIsOnOneWayAtATime() {
        plan(List.of(0, 1), TWO);

        assertThat(cluster.rejected(planned("orders", List.of(1, 2), new ShardId(1))))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(plan(List.of(2), new ShardId(1))).hasSize(1);
    }

    @Test
    void boundsWhatMovesTogetherAndHowManyMovesThereAre() {
        Topic small = cluster.topic("small", StreamMove.MAX_PARTITIONS + 1);
        cluster.accepted(planned("small", List.of(), TWO));
        assertThat(cluster.image().moves())
                .allSatisfy(move -> assertThat(move.partitions()).hasSizeLessThanOrEqualTo(StreamMove.MAX_PARTITIONS));
        cluster.accepted(new MetadataCommand.DeleteTopic(TENANT, small.id()));

        Topic big = cluster.topic("big", 3 * StreamMove.MAX_PARTITIONS * MoveDecisions.MAX_MOVES);
        assertThat(cluster.rejected(planned("big", List.of(), TWO))).isEqualTo(Rejection.LIMIT_REACHED);
        assertThat(cluster.image().moves()).isEmpty();
        assertThat(big.partitions()).isPositive();
    }

    @Test
    void aDeletedTopicTakesItsMovesAlong() {
        plan(List.of(0), TWO);

        cluster.accepted(new MetadataCommand.DeleteTopic(TENANT, topic.id()));

        assertThat(cluster.image().moves()).isEmpty();
    }

    private List<StreamMove> plan(List<Integer> partitions, ShardId to) {
        List<StreamMove> before = cluster.image().moves();
        cluster.accepted(planned("orders", partitions, to));
        return cluster.image().moves().stream()
                .filter(move -> !before.contains(move))
                .toList();
    }

    private static MetadataCommand planned(String topic, List<Integer> partitions, ShardId to) {
        return new MetadataCommand.Moves(new MoveCommand.Plan(TENANT, topic, partitions, to));
    }

    private static MetadataCommand advance(StreamMove move, Phase phase) {
        return new MetadataCommand.Moves(new MoveCommand.Advance(move.id(), phase));
    }
}
