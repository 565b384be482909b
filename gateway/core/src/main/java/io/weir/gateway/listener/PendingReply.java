package io.weir.gateway.listener;

import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Outgoing;
import io.weir.gateway.connection.Reply;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The place of an answer among its connection's answers. Threading: answered on any thread, taken on the event loop.
 */
final class PendingReply implements Reply {
    private final ClientConnection connection;
    private final int requestBytes;
    private final AtomicReference<@Nullable Answer> answer = new AtomicReference<>();

    PendingReply(ClientConnection connection, int requestBytes) {
        this.connection = connection;
        this.requestBytes = requestBytes;
    }

    int requestBytes() {
        return requestBytes;
    }

    @Nullable Answer answer() {
        return answer.get();
    }

    @Override
    public void send(Outgoing outgoing) {
        if (!answer(new Bytes(outgoing))) {
            outgoing.written();
        }
    }

    @Override
    public void nothing() {
        answer(Nothing.NOTHING);
    }

    @Override
    public void close(CloseReason reason) {
        answer(new Close(reason));
    }

    /** The connection is gone: what is or will be answered is let go of. */
    void abandon() {
        if (!answer.compareAndSet(null, Nothing.NOTHING) && answer.get() instanceof Bytes(Outgoing outgoing)) {
            outgoing.written();
        }
    }

    private boolean answer(Answer given) {
        boolean first = answer.compareAndSet(null, given);
        if (first) {
            connection.answered();
        }
        return first;
    }

    /** What a session answered. */
    sealed interface Answer {}

    record Bytes(Outgoing outgoing) implements Answer {}

    enum Nothing implements Answer {
        NOTHING
    }

    record Close(CloseReason reason) implements Answer {}
}
