package io.weir.wal.append;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.wal.shard.ShardMachine;

/**
 * What the log takes on this process's disk, and so about what it takes on the leader's: an upper bound that costs
 * nothing while there is plenty of room, since asking the disk for every entry is dear.
 *
 * <p>Threading: the appender's thread.
 */
final class LogRoom {
    private static final long ASK_EVERY_BYTES = 32L << 20;

    private final ShardMachine machine;
    private final ConsensusGroup group;
    private final long maxBytes;
    private long asked;
    private long submittedSince = ASK_EVERY_BYTES;
    private long appliedWhenAsked;

    LogRoom(ShardMachine machine, ConsensusGroup group, AppendLimits limits) {
        this.machine = machine;
        this.group = group;
        this.maxBytes = limits.walMaxBytes() - limits.walReserveBytes();
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
