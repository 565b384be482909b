package io.weir.wal.flush;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentWriter.StreamRun;
import io.weir.wal.read.LogReader;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.StreamTable;
import io.weir.wal.state.TailEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one flush takes: the oldest entries of the tail, up to a log index. Good for a commit only in the term in which
 * it was made, and in which {@link #runs} looked at the state again.
 */
record FlushPlan(LogRange range, List<PlannedEntry> entries) {
    /**
     * An entry, and its batches if they were in memory when the plan was made: they stay so for the plan.
     *
     * @param batches null when they have to be read from the log
     */
    @SuppressWarnings("ArrayRecordComponent")
    record PlannedEntry(TailEntry entry, RecordBatch @Nullable [] batches) {}

    /** @param throughEnd whether the flushed end is to move past everything applied, if that much is taken */
    static @Nullable FlushPlan make(ShardMachine machine, FlushPolicy policy, boolean throughEnd) {
        return machine.locked(() -> {
            List<PlannedEntry> taken = new ArrayList<>();
            long bytes = 0;
            long batches = 0;
            long upTo = machine.state().applied();
            for (TailEntry entry : machine.state().unflushed()) {
                if (policy.isFull(bytes, batches)) {
                    upTo = taken.getLast().entry().index();
                    break;
                }
                taken.add(new PlannedEntry(entry, entry.batches()));
                bytes += entry.bytes();
                batches += entry.count();
            }
            long from = machine.state().flushedUpTo() + 1;
            return (taken.isEmpty() && !throughEnd) || upTo < from
                    ? null
                    : new FlushPlan(new LogRange(from, upTo), taken);
        });
    }

    /** The batches worth keeping, sorted by stream and offset. Blocks when some have to be read from the log. */
    List<StreamRun> runs(ShardMachine machine, LogReader log) {
        Map<Long, List<StoredBatches.Raw>> byStream = new HashMap<>();
        for (PlannedEntry planned : entries) {
            TailEntry entry = planned.entry();
            boolean[] wanted = wanted(machine, entry);
            RecordBatch[] batches = planned.batches() == null ? log.read(entry) : planned.batches();
            for (int i = 0; i < entry.count(); i++) {
                if (wanted[i]) {
                    byStream.computeIfAbsent(entry.stream(i), id -> new ArrayList<>(2))
                            .add(new StoredBatches.Raw(entry.base(i), entry.incarnation(i), batches[i]));
                }
            }
        }
        long[] streams = byStream.keySet().stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(streams);
        List<StreamRun> runs = new ArrayList<>(streams.length);
        for (long stream : streams) {
            runs.add(new StreamRun(new StreamId(stream), byStream.getOrDefault(stream, List.of())));
        }
        return runs;
    }

    /** Leaves out deleted streams, and batches that were trimmed as a whole. One entry at a time holds the lock. */
    private static boolean[] wanted(ShardMachine machine, TailEntry entry) {
        return machine.locked(() -> {
            boolean[] wanted = new boolean[entry.count()];
            StreamTable streams = machine.state().streams();
            for (int i = 0; i < entry.count(); i++) {
                int row = streams.find(entry.stream(i));
                wanted[i] = row != StreamTable.NONE && streams.logStart(row) < entry.next(i);
            }
            return wanted;
        });
    }
}
