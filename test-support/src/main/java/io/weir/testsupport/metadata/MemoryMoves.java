package io.weir.testsupport.metadata;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataResult.Accepted;
import io.weir.contracts.metadata.MetadataResult.Rejected;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.contracts.metadata.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** The moves of {@link MemoryMetadata}; one move per partition. */
public final class MemoryMoves implements MovePlans {
    private final MemoryMetadata metadata;
    private long nextId = 1;

    MemoryMoves(MemoryMetadata metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<MetadataResult<List<StreamMove>>> plan(
            TenantId tenant, String name, List<Integer> partitions, ShardId to) {
        synchronized (metadata) {
            Topic topic = metadata.image().topic(tenant, name).orElseThrow();
            List<Integer> wanted = partitions.isEmpty()
                    ? IntStream.range(0, topic.partitions()).boxed().toList()
                    : partitions;
            List<StreamMove> moves = new ArrayList<>();
            for (int partition : new TreeSet<>(wanted)) {
                ShardId from = topic.location(partition).orElseThrow().shard();
                if (!from.equals(to)) {
                    moves.add(new StreamMove(nextId++, topic.id(), List.of(partition), from, to, Phase.PLANNED));
                }
            }
            List<StreamMove> all = new ArrayList<>(metadata.image().moves());
            all.addAll(moves);
            return metadata.changeMoves(() -> new Accepted<>(List.copyOf(moves)), () -> all, Optional::empty);
        }
    }

    @Override
    public CompletableFuture<MetadataResult<StreamMove>> advance(long id, Phase phase) {
        synchronized (metadata) {
            StreamMove move = find(id);
            if (move == null || (move.phase() != Phase.PLANNED && move.phase() != phase)) {
                return CompletableFuture.completedFuture(
                        new Rejected<>(Rejection.INVALID_REQUEST, "Move " + id + " cannot be " + phase));
            }
            boolean places = phase == Phase.PLACED && move.phase() == Phase.PLANNED;
            Optional<Topic> placed = metadata.image()
                    .topic(move.topic())
                    .filter(topic -> places)
                    .map(topic -> topic.placed(move.partitions(), move.to()));
            StreamMove next = move.in(phase);
            return metadata.changeMoves(() -> new Accepted<>(next), () -> replaced(id, next), () -> placed);
        }
    }

    @Override
    public CompletableFuture<MetadataResult<Long>> end(long id) {
        synchronized (metadata) {
            StreamMove move = find(id);
            return move == null || move.phase() == Phase.PLANNED
                    ? CompletableFuture.completedFuture(
                            new Rejected<>(Rejection.INVALID_REQUEST, "Move " + id + " cannot end"))
                    : metadata.changeMoves(() -> new Accepted<>(id), () -> replaced(id, null), Optional::empty);
        }
    }

    private @org.jspecify.annotations.Nullable StreamMove find(long id) {
        return metadata.image().moves().stream()
                .filter(move -> move.id() == id)
                .findFirst()
                .orElse(null);
    }

    private List<StreamMove> replaced(long id, @org.jspecify.annotations.Nullable StreamMove by) {
        List<StreamMove> all = new ArrayList<>();
        for (StreamMove move : metadata.image().moves()) {
            if (move.id() != id) {
                all.add(move);
            } else if (by != null) {
                all.add(by);
            }
        }
        return all;
    }
}
