package io.weir.contracts.consensus;

/** The Raft groups that this process takes part in. */
public interface Consensus extends AutoCloseable {
    /**
     * Starts this process's peer of a group, creating it on first use: checks the log, restores the latest snapshot and
     * replays what follows. Blocks until that is done, not until there is a leader. Where the group's peers are other
     * processes it begins to follow them, and blocks for nobody.
     *
     * @param name 1 to 32 of {@code [a-z0-9-]}: part of its directory's name
     * @throws io.weir.contracts.failure.ServiceException {@code CORRUPT}, naming the file, when the log or the snapshot
     *     is damaged beyond a torn end
     */
    ConsensusGroup open(String name, ReplicatedState state);

    /** Closes every group: no entry is accepted any more, what was acknowledged is durable. */
    @Override
    void close();
}
