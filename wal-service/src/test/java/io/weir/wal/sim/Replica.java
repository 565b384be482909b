package io.weir.wal.sim;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.wal.shard.ShardMachine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Another replica of the shard, that now and then starts again from a snapshot of itself. */
final class Replica {
    private final ShardId shard;
    private ShardMachine machine;
    private LogPosition applied = LogPosition.NONE;

    Replica() {
        this(new ShardId(0));
    }

    Replica(ShardId shard) {
        this.shard = shard;
        this.machine = new ShardMachine(shard, 1 << 20);
    }

    void apply(LogPosition position, ByteBuffer entry) {
        if (position.compareTo(applied) > 0) {
            Object ignored = machine.apply(position, List.of(entry));
            applied = position;
        }
    }

    void restartFromSnapshot() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ShardMachine restored = new ShardMachine(shard, 1 << 20);
        try (var frozen = machine.freeze()) {
            frozen.writeTo(out);
            restored.restore(new ByteArrayInputStream(out.toByteArray()), applied);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        machine = restored;
    }

    long applied() {
        return machine.locked(() -> machine.state().applied());
    }

    long hash() {
        return machine.locked(() -> machine.state().stateHash());
    }
}
