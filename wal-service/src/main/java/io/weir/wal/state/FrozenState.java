package io.weir.wal.state;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.contracts.usage.IngressUsage;
import io.weir.wal.entry.StreamRange;
import java.util.List;

/** The state after one entry, for a thread of its own to write out. Threading: immutable. */
public final class FrozenState {
    private final ShardId shard;
    private final Marks marks;
    private final RowPages.View streams;
    private final ProducerTable.Frozen producers;
    private final StreamMoves moves;
    private final Lists lists;

    FrozenState(
            ShardId shard,
            Marks marks,
            RowPages.View streams,
            ProducerTable.Frozen producers,
            StreamMoves moves,
            Lists lists) {
        this.shard = shard;
        this.marks = marks;
        this.streams = streams;
        this.producers = producers;
        this.moves = moves;
        this.lists = lists;
    }

    ShardId shard() {
        return shard;
    }

    Marks marks() {
        return marks;
    }

    RowPages.View streams() {
        return streams;
    }

    ProducerTable.Frozen producers() {
        return producers;
    }

    StreamMoves moves() {
        return moves;
    }

    Lists lists() {
        return lists;
    }

    record Marks(long applied, long timeMs, long flushedUpTo, long metadataVersion) {}

    /** What there is little of. */
    record Lists(
            List<StreamRange> open,
            List<SessionTable.FrozenSession> sessions,
            List<TailEntry> unflushed,
            SegmentView view,
            List<CompactionIntent> intents,
            List<RetiredObject> retired,
            List<IngressUsage> ingress) {}
}
