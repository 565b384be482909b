package io.weir.consensus.ratis;

import io.weir.consensus.log.LogMark;
import io.weir.consensus.ratis.forward.Origin;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * A submitted entry on its way through the log of the peer that submitted it. The state sees the submitter's own bytes,
 * and its reply goes back as the object it is.
 *
 * <p>Ownership: wraps the submitter's bytes, copies none.
 */
final class Proposal implements Message {
    private final List<ByteBuffer> pieces;
    private final int bytes;
    private final ByteString content;
    private final Origin origin;
    private final CompletableFuture<Submission> outcome = new CompletableFuture<>();
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.ON_ITS_WAY);

    private enum Stage {
        ON_ITS_WAY,
        APPENDED,
        REFUSED
    }

    /**
     * An entry that nobody has seen yet.
     *
     * @param mark the index up to which the log is fsynced already, or {@link LogMark#OWN}
     */
    Proposal(List<ByteBuffer> pieces, int bytes, long mark, Origin origin) {
        this.pieces = pieces;
        this.bytes = bytes;
        this.origin = origin;
        List<ByteString> all = new ArrayList<>(pieces.size() + 1);
        all.add(UnsafeByteOperations.unsafeWrap(LogMark.of(mark)));
        for (ByteBuffer piece : pieces) {
            all.add(UnsafeByteOperations.unsafeWrap(piece));
        }
        this.content = ByteString.copyFrom(all);
    }

    /** @throws IllegalArgumentException if an entry has more bytes than its group takes */
    static int sizeOf(List<ByteBuffer> entry, int most, String group) {
        long size = 0;
        for (ByteBuffer piece : entry) {
            size += piece.remaining();
        }
        if (size > most) {
            throw new IllegalArgumentException(
                    "Entry of " + size + " bytes is over the " + most + " that group " + group + " takes");
        }
        return (int) size;
    }

    /** Whether an entry is the group's own: the state is not shown it. */
    static boolean isOwn(ByteString logData) {
        return logData.size() >= LogMark.BYTES && LogMark.isOwn(logData.byteAt(0));
    }

    /** The submitted bytes of an entry that comes from the log. */
    static List<ByteBuffer> piecesOf(ByteString logData) {
        if (logData.size() < LogMark.BYTES) {
            return List.of(logData.asReadOnlyByteBuffer());
        }
        return logData.substring(LogMark.BYTES).asReadOnlyByteBufferList();
    }

    @Override
    public ByteString getContent() {
        return content;
    }

    List<ByteBuffer> pieces() {
        List<ByteBuffer> views = new ArrayList<>(pieces.size());
        for (ByteBuffer piece : pieces) {
            views.add(piece.duplicate());
        }
        return views;
    }

    int bytes() {
        return bytes;
    }

    Origin origin() {
        return origin;
    }

    CompletableFuture<Submission> outcome() {
        return outcome;
    }

    /**
     * It is about to enter the log: from now on it may be applied, whatever else happens.
     *
     * @param term the one in which it is being appended
     * @return whether it may
     */
    boolean appending(LongSupplier term) {
        return (origin.term() == Origin.ANY || origin.term() == term.getAsLong())
                && stage.compareAndSet(Stage.ON_ITS_WAY, Stage.APPENDED);
    }

    void applied(LogPosition position, Object reply) {
        outcome.complete(new Submission.Applied(position, reply));
    }

    /** No answer will come from the log; does nothing once there was one. */
    void abandoned(FailureCode code, String why) {
        if (!outcome.isDone()) {
            boolean mayBeThere = !stage.compareAndSet(Stage.ON_ITS_WAY, Stage.REFUSED) && stage.get() == Stage.APPENDED;
            outcome.complete(mayBeThere ? new Submission.Unknown(why) : new Submission.NotAccepted(code, why));
        }
    }

    @Override
    public String toString() {
        return "entry of " + bytes + " bytes";
    }
}
