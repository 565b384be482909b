package io.weir.contracts.consensus;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * This process's part in one Raft group: a peer of it, or a follower of the peers' log that keeps none of its own.
 *
 * <p>Threading: any thread. {@link #submit} and {@link #read} may block: call them from a thread that may. Futures
 * complete on a thread of the group's (mostly the apply thread) that must not be blocked.
 */
public interface ConsensusGroup extends AutoCloseable {
    /** The largest entry that may be submitted: one batch of the largest size, and its envelope. */
    int MAX_ENTRY_BYTES = (16 << 20) + (64 << 10);

    String name();

    Leadership leadership();

    /** The last applied entry. */
    LogPosition applied();

    /**
     * Proposes an entry; blocks while too much is in flight. Entries submitted one after another by one thread, all
     * accepted in one term, are applied in that order. A peer that follows a known leader hands the entry to it.
     *
     * <p>Durability: completes with {@link Submission.Applied} once a quorum has fsynced the entry and this peer
     * applied it; the reply is this peer's state's. Never completes exceptionally.
     *
     * @param entry pieces whose bytes are never changed again
     */
    CompletableFuture<Submission> submit(List<ByteBuffer> entry);

    /**
     * The same for an entry that was decided upon by a look at this peer's state, in a term that this peer led before
     * the look: it is appended in that term, or never ({@code NOT_LEADER}). No peer hands it on.
     *
     * <p>While a peer leads in one term its state only goes on. One that has ceased to lead may begin anew over an
     * older snapshot, as it does when its disk has healed, and lead again before who looked at the state has noticed;
     * that term is a later one.
     */
    CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term);

    /**
     * A linearizable read: completes once the leader, this peer or another, has confirmed that it leads, and this peer
     * has applied everything that was committed when the call was made; exceptionally with a {@code ServiceException}
     * ({@code NOT_LEADER}, {@code TIMED_OUT}) otherwise.
     */
    CompletableFuture<Void> barrier();

    /**
     * Reads an entry of the state machine's back from the log. A cold read loads a whole log segment: read in ascending
     * order.
     *
     * @return its bytes; empty for an entry of the group's own (configuration, metadata)
     * @throws io.weir.contracts.failure.ServiceException {@code OBJECT_MISSING} when the entry was purged or is not
     *     there
     */
    List<ByteBuffer> read(long index);

    /**
     * Whether this process keeps the group's log. One that does not takes no snapshots: its state is in memory only,
     * and comes from those that do.
     */
    default boolean keepsLog() {
        return true;
    }

    /**
     * Freezes the state and writes it to a finished, fsynced file in the background; nothing is published and no log is
     * purged yet. At most one at a time; fails where no log is kept.
     */
    CompletableFuture<PreparedSnapshot> prepareSnapshot();

    /**
     * Writes the state as of the last applied entry out in the background. Nothing is published, and no log is purged.
     *
     * @param target is written to by one thread, and not closed; it ends the copy by throwing
     * @return completes with the last entry that the copy holds once all of it is written; exceptionally with a
     *     {@code ServiceException}
     */
    CompletableFuture<LogPosition> copyState(OutputStream target);

    /** Bytes of log files on disk now; where no log is kept, of the peer's that it is followed at. */
    long logBytes();

    /** Empty while the group works; else what failed it. It heals itself with back-off where that is safe. */
    Optional<String> failure();

    /**
     * What shows that this peer's state is not the leader's, though both applied the same entries: a bug or a broken
     * machine. Peers compare a hash of their states now and then. An alarm: the group goes on working.
     */
    default Optional<String> divergence() {
        return Optional.empty();
    }

    /**
     * The group's replicas as this process knows them, whether it keeps one or follows; none where there is only one.
     */
    default List<ReplicaLag> replicas() {
        return List.of();
    }

    /** Empty for a group that can only have this one peer. */
    default Optional<GroupMembership> membership() {
        return Optional.empty();
    }

    @Override
    void close();

    /** A finished snapshot file that nothing refers to yet. */
    interface PreparedSnapshot {
        /** The last entry it contains. */
        LogPosition position();

        /** Makes it the group's latest snapshot and purges the log up to it. */
        CompletableFuture<Void> publish();

        /** Deletes the file. */
        void discard();
    }
}
