package io.weir.wal.read;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.state.TailEntry;

/** Reads the batches of spilled entries back from the log. Threading: any, and blocks; cheapest in ascending order. */
public final class LogReader {
    private final ConsensusGroup group;

    public LogReader(ConsensusGroup group) {
        this.group = group;
    }

    /**
     * The entry's batches, parallel to its positions.
     *
     * @throws ServiceException {@code OBJECT_MISSING} when the entry was purged, {@code CORRUPT} when it is not what
     *     was applied
     */
    public RecordBatch[] read(TailEntry entry) {
        if (EntryCodec.decode(group.read(entry.index())) instanceof DecodedEntry.Entry(long timeMs, Command command)
                && command instanceof Command.Append append
                && entry.isOf(append)) {
            return entry.select(append);
        }
        throw new ServiceException(
                FailureCode.CORRUPT, "Log of " + group.name() + " holds another entry at " + entry.index());
    }
}
