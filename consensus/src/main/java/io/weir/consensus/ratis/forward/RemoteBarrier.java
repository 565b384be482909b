package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The barriers of a peer that follows: the leader says how far everything was committed, and this peer waits until it
 * has applied that. At most two rounds at a time: one on its way, and one that everybody waits for who came since.
 *
 * <p>A leader that went silent (paused, cut off, unplugged) ends no connection. So a question that has no answer is
 * asked again as soon as another leader is known: that is later than everybody came who waits for it.
 *
 * <p>Threading: any thread.
 */
public final class RemoteBarrier {
    private static final long UNANSWERED = Long.MAX_VALUE;

    private final ToLeader.Question question;
    private final PeerChannels channels;
    private final Supplier<Leadership> leadership;
    private final Function<NodeId, Optional<Peer>> peers;
    private final LongSupplier applied;
    private final long patienceNanos;
    private volatile @Nullable Round running;
    private @Nullable Round next;

    private static final class Round {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final long deadlineNanos;
        private volatile long until = UNANSWERED;
        private volatile @Nullable Asked asked;

        private Round(long deadlineNanos) {
            this.deadlineNanos = deadlineNanos;
        }

        /** Whether one leads by now who came after the one that was asked. */
        private boolean isOvertakenBy(Leader known) {
            Asked former = asked;
            return former != null && !known.equals(former.leader) && known.term() >= former.leader.term();
        }
    }

    /**
     * Of one group.
     *
     * @param leadership who leads now
     * @param peers of the group's newest configuration
     * @param applied the last index that was applied here
     * @param patience the longest that a barrier takes
     */
    public RemoteBarrier(
            String group,
            PeerId self,
            PeerChannels channels,
            Supplier<Leadership> leadership,
            Function<NodeId, Optional<Peer>> peers,
            LongSupplier applied,
            Duration patience) {
        this.question = new ToLeader.Question(group, self);
        this.channels = channels;
        this.leadership = leadership;
        this.peers = peers;
        this.applied = applied;
        this.patienceNanos = patience.toNanos();
    }

    /** Completes as {@code ConsensusGroup.barrier} says. */
    public CompletableFuture<Void> pass() {
        Round mine;
        boolean isFirst;
        synchronized (this) {
            if (next == null) {
                next = new Round(System.nanoTime() + patienceNanos);
            }
            mine = next;
            isFirst = running == null;
            if (isFirst) {
                running = mine;
                next = null;
            }
        }
        if (isFirst) {
            begin(mine);
        }
        return mine.done.copy();
    }

    /** Asks who leads now, instead of whoever was asked before. */
    private void begin(Round round) {
        Leader to =
                leadership.get() instanceof Leadership.Following(Optional<Leader> known) ? known.orElse(null) : null;
        ManagedChannel channel =
                to == null ? null : peers.apply(to.node()).flatMap(channels::to).orElse(null);
        if (to == null || channel == null) {
            failed(round, FailureCode.NOT_LEADER, "Group " + question.group() + " has no known leader");
            return;
        }
        Asked former = round.asked;
        Asked next = new Asked(round, to, channel);
        round.asked = next;
        if (former != null) {
            former.call.cancel("Another leads", null);
        }
        next.start();
    }

    /** One question to one leader. What comes of it counts until another one is asked. */
    private final class Asked extends ClientCall.Listener<Packet> {
        private final Round round;
        private final Leader leader;
        private final ClientCall<Packet, Packet> call;
        private boolean isAnswered;

        private Asked(Round round, Leader leader, ManagedChannel channel) {
            this.round = round;
            this.leader = leader;
            this.call = channel.newCall(
                    Methods.CONFIRM,
                    CallOptions.DEFAULT.withDeadlineAfter(
                            round.deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS));
        }

        private void start() {
            call.start(this, new Metadata());
            call.request(1);
            call.sendMessage(question.packet());
            call.halfClose();
        }

        private boolean counts() {
            return round.asked == this;
        }

        @Override
        public void onMessage(Packet packet) {
            isAnswered = true;
            if (counts()) {
                answered(round, packet);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (counts() && (!status.isOk() || !isAnswered)) {
                failed(
                        round,
                        status.getCode() == Status.Code.DEADLINE_EXCEEDED
                                ? FailureCode.TIMED_OUT
                                : FailureCode.NOT_LEADER,
                        "The leader of group " + question.group() + " cannot be asked: " + status);
            }
        }
    }

    private void answered(Round round, Packet packet) {
        try {
            switch (FromLeader.of(packet)) {
                case FromLeader.Confirmed(long index) -> {
                    round.until = index;
                    applied(applied.getAsLong());
                }
                case FromLeader.Ended(long _, NotAccepted refusal) ->
                    failed(
                            round,
                            refusal.code() == FailureCode.TIMED_OUT ? FailureCode.TIMED_OUT : FailureCode.NOT_LEADER,
                            refusal.message());
                case FromLeader.Opened _, FromLeader.Admitted _, FromLeader.Elsewhere _ ->
                    failed(round, FailureCode.INTERNAL, "Not an answer");
            }
        } catch (IllegalArgumentException malformed) {
            failed(round, FailureCode.INTERNAL, "Not an answer: " + malformed.getMessage());
        }
    }

    private void failed(Round round, FailureCode code, String message) {
        if (over(round)) {
            round.done.completeExceptionally(new ServiceException(code, message));
        }
    }

    /** Whether it was the one on its way; if so, the next one begins. */
    private boolean over(Round round) {
        Round begun;
        synchronized (this) {
            if (running != round) {
                return false;
            }
            running = next;
            begun = next;
            next = null;
        }
        if (begun != null) {
            begin(begun);
        }
        return true;
    }

    /** On the apply thread, after each entry; and elsewhere, when an answer has come. */
    public void applied(LogPosition position) {
        applied(position.index());
    }

    private void applied(long index) {
        Round now = running;
        if (now != null && now.until <= index && over(now)) {
            now.done.complete(null);
        }
    }

    /** Now and then, by one thread: gives up what has waited too long, and whom there is no use in waiting for. */
    public void tick() {
        Round now = running;
        if (now == null) {
            return;
        }
        if (System.nanoTime() - now.deadlineNanos > 0) {
            failed(now, FailureCode.TIMED_OUT, "Group " + question.group() + " has not caught up with its leader");
        } else if (now.until == UNANSWERED) {
            switch (leadership.get()) {
                case Leadership.Following(Optional<Leader> known) ->
                    known.filter(now::isOvertakenBy).ifPresent(_ -> begin(now));
                case Leadership.Leading _ ->
                    failed(now, FailureCode.NOT_LEADER, "Group " + question.group() + " is led from here by now");
            }
        }
    }

    /** Nothing is applied here any more. */
    public void abandon(FailureCode code, String why) {
        Round first;
        Round second;
        synchronized (this) {
            first = running;
            second = next;
            running = null;
            next = null;
        }
        for (Round round : new @Nullable Round[] {first, second}) {
            if (round != null) {
                round.done.completeExceptionally(new ServiceException(code, why));
            }
        }
    }
}
