package io.weir.metadata.command;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.MoveRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Decides about moves: pure, and the same on every peer. */
final class MoveDecisions {
    /** Moves that are not over at most: part of the replicated behaviour. */
    static final int MAX_MOVES = 256;

    private MoveDecisions() {}

    static Decision<?> decide(ClusterImage image, MoveCommand command) {
        return switch (command) {
            case MoveCommand.Plan plan -> plan(image, plan);
            case MoveCommand.Advance advance -> advance(image, advance);
            case MoveCommand.End end -> end(image, end);
        };
    }

    private static Decision<List<StreamMove>> plan(ClusterImage image, MoveCommand.Plan plan) {
        Optional<Topic> found = image.topic(plan.tenant(), plan.topic());
        if (found.isEmpty()) {
            return Decision.reject(Rejection.UNKNOWN_TOPIC, "There is no topic '" + plan.topic() + "'");
        }
        Topic topic = found.get();
        if (plan.to().value() >= image.shardCount()) {
            return Decision.reject(
                    Rejection.INVALID_REQUEST, "There is no " + plan.to() + ": there are " + image.shardCount());
        }
        TreeSet<Integer> partitions = new TreeSet<>(plan.partitions());
        if (partitions.isEmpty()) {
            IntStream.range(0, topic.partitions()).forEach(partitions::add);
        }
        if (partitions.first() < 0 || partitions.last() >= topic.partitions()) {
            return Decision.reject(
                    Rejection.INVALID_PARTITIONS,
                    "Topic '" + topic.name() + "' has partitions 0 to " + (topic.partitions() - 1));
        }
        Set<Integer> onTheirWay = image.moves().stream()
                .filter(move -> move.topic().equals(topic.id()))
                .flatMap(move -> move.partitions().stream())
                .collect(Collectors.toSet());
        onTheirWay.retainAll(partitions);
        if (!onTheirWay.isEmpty()) {
            return Decision.reject(
                    Rejection.INVALID_REQUEST,
                    "Partition " + new TreeSet<>(onTheirWay).first() + " of topic '" + topic.name()
                            + "' is on its way already");
        }
        return planned(image, topic, partitions, plan.to());
    }

    private static Decision<List<StreamMove>> planned(
            ClusterImage image, Topic topic, SortedSet<Integer> partitions, ShardId to) {
        SortedMap<Integer, List<Integer>> byShard = new TreeMap<>();
        for (int partition : partitions) {
            int from = topic.location(partition).orElseThrow().shard().value();
            if (from != to.value()) {
                byShard.computeIfAbsent(from, shard -> new ArrayList<>()).add(partition);
            }
        }
        List<StreamMove> moves = new ArrayList<>();
        byShard.forEach((from, leaving) -> {
            for (int begin = 0; begin < leaving.size(); begin += StreamMove.MAX_PARTITIONS) {
                List<Integer> part =
                        leaving.subList(begin, Math.min(leaving.size(), begin + StreamMove.MAX_PARTITIONS));
                // Each record raises the version by one, so that no two moves ever have the same.
                long id = image.version() + 1 + moves.size();
                moves.add(new StreamMove(id, topic.id(), part, new ShardId(from), to, Phase.PLANNED));
            }
        });
        if (image.moves().size() + moves.size() > MAX_MOVES) {
            return Decision.reject(
                    Rejection.LIMIT_REACHED,
                    moves.size() + " moves of up to " + StreamMove.MAX_PARTITIONS + " partitions would be added to "
                            + image.moves().size() + "; " + MAX_MOVES + " may be planned at a time");
        }
        return Decision.accept(
                List.copyOf(moves), moves.stream().map(MoveDecisions::written).toArray(MetadataRecord[]::new));
    }

    private static MetadataRecord written(StreamMove move) {
        return new MetadataRecord.Moves(new MoveRecord.MoveWritten(move));
    }

    private static Decision<StreamMove> advance(ClusterImage image, MoveCommand.Advance advance) {
        StreamMove move = image.moveTable().get(advance.move());
        boolean possible = move != null
                && advance.phase() != Phase.PLANNED
                && (move.phase() == Phase.PLANNED || move.phase() == advance.phase());
        if (move == null || !possible) {
            return Decision.reject(
                    Rejection.INVALID_REQUEST,
                    move == null
                            ? "There is no move " + advance.move()
                            : "Move " + move.id() + " is " + move.phase() + " and cannot be " + advance.phase());
        }
        if (move.phase() == advance.phase()) {
            return Decision.accept(move);
        }
        StreamMove next = move.in(advance.phase());
        Optional<Topic> topic = image.topic(move.topic());
        return advance.phase() == Phase.PLACED && topic.isPresent()
                ? Decision.accept(
                        next,
                        new MetadataRecord.TopicWritten(topic.get().placed(move.partitions(), move.to())),
                        written(next))
                : Decision.accept(next, written(next));
    }

    private static Decision<Long> end(ClusterImage image, MoveCommand.End end) {
        StreamMove move = image.moveTable().get(end.move());
        return move == null || move.phase() == Phase.PLANNED
                ? Decision.reject(Rejection.INVALID_REQUEST, "Move " + end.move() + " is not to be ended")
                : Decision.accept(end.move(), new MetadataRecord.Moves(new MoveRecord.MoveEnded(end.move())));
    }
}
