package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Leader;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * One stream of entries to a leader, in one term. Nothing is sent before the leader has said that it is open: what was
 * not sent when it ends is refused without a doubt.
 *
 * <p>Threading: under the lock of its {@link Forwarder}, which hears of what comes back on a thread of the transport's.
 */
final class LeaderStream {
    private final Leader leader;
    private final ClientCall<Packet, Packet> call;
    private final Queue<Forwarded> unsent = new ArrayDeque<>();
    private State state = State.OPENING;

    private enum State {
        OPENING,
        OPEN,
        OVER
    }

    /** What comes back. */
    interface Answers {
        void answered(LeaderStream stream, FromLeader message);

        /** Nothing more comes, whatever was answered. */
        void closed(LeaderStream stream, Status status);
    }

    LeaderStream(Leader leader, ClientCall<Packet, Packet> call) {
        this.leader = leader;
        this.call = call;
    }

    Leader leader() {
        return leader;
    }

    void start(ToLeader.Opening opening, Answers answers) {
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(Packet packet) {
                        try {
                            answers.answered(LeaderStream.this, FromLeader.of(packet));
                        } catch (IllegalArgumentException malformed) {
                            // First, so that nobody sends anything by a call that is cancelled.
                            answers.closed(LeaderStream.this, Status.INTERNAL.withDescription("Not an answer"));
                            call.cancel("Not an answer", malformed);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        answers.closed(LeaderStream.this, status);
                    }
                },
                new Metadata());
        // One that opens, and one at the end.
        call.request(2);
        call.sendMessage(opening.packet());
    }

    /** Nothing may be sent by it any more; what it was still to send waits for {@link #over}. */
    boolean isOver() {
        return state == State.OVER;
    }

    void send(Forwarded entry) {
        if (state == State.OPEN) {
            call.sendMessage(entry.packet());
        } else {
            unsent.add(entry);
        }
    }

    void opened() {
        if (state == State.OPENING) {
            // One by one: where the transport throws, what is behind has not left.
            while (!unsent.isEmpty()) {
                call.sendMessage(unsent.remove().packet());
            }
            state = State.OPEN;
        }
    }

    /** What never left. */
    List<Forwarded> over() {
        state = State.OVER;
        List<Forwarded> never = List.copyOf(unsent);
        unsent.clear();
        return never;
    }

    /** It is over with that, though an answer may come still: the transport throws at what is sent by it then. */
    void cancel(String why) {
        state = State.OVER;
        call.cancel(why, null);
    }
}
