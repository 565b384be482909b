package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * An entry that this peer hands to the leader.
 *
 * <p>Ownership: wraps the submitter's bytes, copies none.
 */
public final class Forwarded {
    private final long call;
    private final long term;
    private final List<ByteBuffer> pieces;
    private final CompletableFuture<Submission> outcome = new CompletableFuture<>();
    private final LeaderStream stream;
    private volatile long deadlineNanos;

    Forwarded(long call, LeaderStream stream, List<ByteBuffer> pieces, long deadlineNanos) {
        this.call = call;
        this.term = stream.leader().term();
        this.stream = stream;
        this.pieces = pieces;
        this.deadlineNanos = deadlineNanos;
    }

    long call() {
        return call;
    }

    long term() {
        return term;
    }

    LeaderStream stream() {
        return stream;
    }

    /** The submitter's own bytes. */
    public List<ByteBuffer> pieces() {
        return pieces.stream().map(ByteBuffer::duplicate).toList();
    }

    Packet packet() {
        return new ToLeader.Entry(call, pieces).packet();
    }

    CompletableFuture<Submission> outcome() {
        return outcome;
    }

    void giveUpAt(long nanos) {
        if (nanos - deadlineNanos < 0) {
            deadlineNanos = nanos;
        }
    }

    boolean isLate(long nowNanos) {
        return nowNanos - deadlineNanos > 0;
    }

    /** This peer has come to it in the log. */
    public void applied(LogPosition position, Object reply) {
        outcome.complete(new Submission.Applied(position, reply));
    }

    /** This peer has come to it in the log, and could not apply it. */
    public void lost(String why) {
        outcome.complete(new Submission.Unknown(why));
    }
}
