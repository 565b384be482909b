package io.weir.wal.sim;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.wal.shard.ShardMachine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Applies to the live machine, and to a replica that outlives crashes and sees each entry as it comes from a disk. */
final class ReplicatedTwice implements ReplicatedState {
    private final ShardMachine live;
    private final Replica replica;

    ReplicatedTwice(ShardMachine live, Replica replica) {
        this.live = live;
        this.replica = replica;
    }

    @Override
    public void reset() {
        live.reset();
    }

    @Override
    public void restore(InputStream snapshot, LogPosition position) throws IOException {
        live.restore(snapshot, position);
    }

    @Override
    public Object apply(LogPosition position, List<ByteBuffer> entry) {
        int size = entry.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer whole = ByteBuffer.allocate(size);
        entry.forEach(piece -> whole.put(piece.duplicate()));
        replica.apply(position, whole.flip().asReadOnlyBuffer());
        return live.apply(position, entry);
    }

    @Override
    public Frozen freeze() {
        return live.freeze();
    }

    @Override
    public void leadershipChanged(Leadership leadership) {
        live.leadershipChanged(leadership);
    }
}
