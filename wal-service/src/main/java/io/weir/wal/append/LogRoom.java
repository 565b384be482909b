package io.weir.wal.append;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.wal.shard.ShardMachine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Whether the shard has room for more: on disk, and in memory for where the batches are that are not in segments yet.
 * What the log takes on this process's disk is about what it takes on the leader's: an upper bound that costs nothing
 * while there is plenty of room, since asking the disk for every entry is dear.
 *
 * <p>Threading: the appender's thread.
 */
final class LogRoom {
    private static final Logger LOG = LoggerFactory.getLogger(LogRoom.class);
    private static final long ASK_EVERY_BYTES = 32L << 20;

    private final ShardMachine machine;
    private final ConsensusGroup group;
    private final AppendLimits limits;
    private final long maxBytes;
    private long asked;
    private long submittedSince = ASK_EVERY_BYTES;
    private long appliedWhenAsked;
    private boolean full;

    LogRoom(ShardMachine machine, ConsensusGroup group, AppendLimits limits) {
        this.machine = machine;
        this.group = group;
        this.limits = limits;
        this.maxBytes = limits.walMaxBytes() - limits.walReserveBytes();
    }

    /** Why a batch of so many bytes is not taken; null when there is room. */
    @Nullable String refusal(int wanted, long inFlight) {
        long logBytes = bytes(wanted, inFlight);
        long batches = machine.unflushedBatches();
        long positionBytes = machine.positionBytes();
        boolean fits =
                fits(logBytes, wanted) && batches < limits.maxTailBatches() && positionBytes < limits.positionBytes();
        if (full == fits) {
            full = !fits;
            LOG.atLevel(fits ? Level.INFO : Level.WARN)
                    .addKeyValue("shard", machine.shard())
                    .addKeyValue("logBytes", logBytes)
                    .addKeyValue("unflushedBatches", batches)
                    .addKeyValue("positionBytes", positionBytes)
                    .log(fits ? "There is room for appends again" : "Appends are refused until a flush has made room");
        }
        return fits
                ? null
                : "The log of " + machine.shard() + " takes " + logBytes + " bytes, and has " + batches
                        + " batches that are not in segments yet, whose positions take " + positionBytes
                        + " bytes of memory";
    }

    /** Bytes of the log, exact if so many more would not fit. */
    long bytes(int wanted, long inFlight) {
        if (grown() >= ASK_EVERY_BYTES || asked + grown() + wanted > maxBytes) {
            appliedWhenAsked = machine.appliedBytes();
            asked = group.logBytes() + inFlight;
            submittedSince = 0;
        }
        return asked + grown();
    }

    /** With what others have written. What was submitted here counts twice once it is applied: it is a bound. */
    private long grown() {
        return submittedSince + machine.appliedBytes() - appliedWhenAsked;
    }

    boolean fits(long logBytes, int wanted) {
        return logBytes + wanted <= maxBytes;
    }

    void submitted(long bytes) {
        submittedSince += bytes;
    }
}
