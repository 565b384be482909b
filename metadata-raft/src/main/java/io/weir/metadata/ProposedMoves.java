package io.weir.metadata;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.StreamMove;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.MoveCommand;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Moves as proposals to the metadata group. */
record ProposedMoves(ProposedCommands commands) implements MovePlans {
    @Override
    public CompletableFuture<MetadataResult<List<StreamMove>>> plan(
            TenantId tenant, String topic, List<Integer> partitions, ShardId to) {
        return propose(new MoveCommand.Plan(tenant, topic, partitions, to));
    }

    @Override
    public CompletableFuture<MetadataResult<StreamMove>> advance(long move, StreamMove.Phase phase) {
        return propose(new MoveCommand.Advance(move, phase));
    }

    @Override
    public CompletableFuture<MetadataResult<Long>> end(long move) {
        return propose(new MoveCommand.End(move));
    }

    private <T> CompletableFuture<MetadataResult<T>> propose(MoveCommand command) {
        return commands.propose(new MetadataCommand.Moves(command));
    }
}
