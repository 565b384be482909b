package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Packet;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * What a replica sends in one answer, no faster than it is taken.
 *
 * <p>Threading: {@link #wake}, {@link #cancelled} and {@link #replaced} from any thread; the rest by the one that
 * sends.
 */
final class Outgoing {
    private final ServerCall<Packet, Packet> call;
    private volatile @Nullable Thread sender;
    private volatile boolean woken;
    private volatile boolean cancelled;
    private volatile boolean replaced;
    private boolean closed;

    Outgoing(ServerCall<Packet, Packet> call) {
        this.call = call;
    }

    /** The calling thread is the one that sends, from now on. */
    void begin() {
        sender = Thread.currentThread();
    }

    void wake() {
        woken = true;
        LockSupport.unpark(sender);
    }

    /** Nobody listens any more. */
    void cancelled() {
        cancelled = true;
        wake();
    }

    /** Whoever listens listens to another answer by now. */
    void replaced() {
        replaced = true;
        wake();
    }

    boolean isOver() {
        if (replaced && !cancelled) {
            end(Status.ABORTED.withDescription("There is a newer subscription"));
        }
        return cancelled || closed;
    }

    /** Whether little of what was sent still waits to leave. */
    boolean isReady() {
        return call.isReady();
    }

    void send(FromReplica message) {
        call.sendMessage(message.packet());
    }

    void end(Status why) {
        if (!closed) {
            closed = true;
            call.close(why, new Metadata());
        }
    }

    /** Until something happened since the last wait, or the time is over. */
    void await(long nanos) {
        if (!woken) {
            LockSupport.parkNanos(this, nanos);
        }
        woken = false;
    }
}
