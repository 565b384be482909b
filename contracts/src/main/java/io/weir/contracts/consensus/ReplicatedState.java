package io.weir.contracts.consensus;

import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A state machine driven by a group's log: the same entries give the same state on every peer.
 *
 * <p>Threading: {@link #restore}, {@link #apply} and {@link #freeze} are called by one thread at a time, the group's
 * apply thread. None of them may wait for I/O, read a clock, or draw random numbers.
 */
public interface ReplicatedState {
    /** Back to the empty state: the group has no snapshot. */
    void reset();

    /**
     * Replaces the whole state by a snapshot's.
     *
     * @throws IOException when the bytes are damaged or of an unknown format version: the group does not start
     */
    void restore(InputStream snapshot, LogPosition position) throws IOException;

    /**
     * Applies one committed entry.
     *
     * <p>A command that is refused is a reply, never an exception: an exception stops the group on this peer.
     *
     * @param entry its bytes, in one or several pieces; the pieces are as they were submitted on the peer that
     *     submitted them, and are never changed afterwards, so that they may be kept
     * @return the reply, given to whoever submitted the entry on this peer
     */
    Object apply(LogPosition position, List<ByteBuffer> entry);

    /** An immutable view of the state after the last applied entry. Must be cheap: it holds up the apply thread. */
    Frozen freeze();

    /**
     * Leadership of this peer changed; told in order, on any thread, perhaps while an entry is applied. Must not block.
     */
    default void leadershipChanged(Leadership leadership) {}

    /**
     * Another node has passed a barrier of this group, which this peer leads; called on any thread, while entries are
     * applied. Must not block.
     */
    default void heardFrom(NodeId node) {}

    /**
     * The connection has ended over which another node has passed barriers of this group, which this peer leads: as it
     * does at once when the node's process dies, but not only then. Called on a thread of the transport's, while
     * entries are applied. Must not block; what it throws is logged, and is of no other consequence.
     */
    default void connectionLost(NodeId node) {}

    /** A view of the state that a background thread writes out while newer entries are applied. */
    interface Frozen extends AutoCloseable {
        /** Writes the whole state; the group adds checksum and fsync. */
        void writeTo(OutputStream out) throws IOException;

        /** Lets go of what the view holds. */
        @Override
        void close();
    }
}
