package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Leader;
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
 * <p>Threading: any thread.
 */
public final class RemoteBarrier {
    private final ToLeader.Question question;
    private final PeerChannels channels;
    private final Supplier<Optional<Leader>> leader;
    private final Function<NodeId, Optional<Peer>> peers;
    private final LongSupplier applied;
    private final long patienceNanos;
    private volatile @Nullable Round running;
    private @Nullable Round next;

    private static final class Round {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final long deadlineNanos;
        private volatile long until = Long.MAX_VALUE;

        private Round(long deadlineNanos) {
            this.deadlineNanos = deadlineNanos;
        }
    }

    /**
     * Of one group.
     *
     * @param leader who leads now
     * @param peers of the group's newest configuration
     * @param applied the last index that was applied here
     * @param patience the longest that a barrier takes
     */
    public RemoteBarrier(
            String group,
            PeerId self,
            PeerChannels channels,
            Supplier<Optional<Leader>> leader,
            Function<NodeId, Optional<Peer>> peers,
            LongSupplier applied,
            Duration patience) {
        this.question = new ToLeader.Question(group, self);
        this.channels = channels;
        this.leader = leader;
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

    private void begin(Round round) {
        Optional<ManagedChannel> to =
                leader.get().flatMap(it -> peers.apply(it.node())).flatMap(channels::to);
        if (to.isEmpty()) {
            failed(round, FailureCode.NOT_LEADER, "Group " + question.group() + " has no known leader");
            return;
        }
        ClientCall<Packet, Packet> call = to.get()
                .newCall(Methods.CONFIRM, CallOptions.DEFAULT.withDeadlineAfter(patienceNanos, TimeUnit.NANOSECONDS));
        call.start(
                new ClientCall.Listener<>() {
                    private boolean isAnswered;

                    @Override
                    public void onMessage(Packet packet) {
                        isAnswered = true;
                        answered(round, packet);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        if (!status.isOk() || !isAnswered) {
                            failed(
                                    round,
                                    status.getCode() == Status.Code.DEADLINE_EXCEEDED
                                            ? FailureCode.TIMED_OUT
                                            : FailureCode.NOT_LEADER,
                                    "The leader of group " + question.group() + " cannot be asked: " + status);
                        }
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(question.packet());
        call.halfClose();
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

    /** Now and then: gives up what has waited too long. */
    public void tick() {
        Round now = running;
        if (now != null && System.nanoTime() - now.deadlineNanos > 0) {
            failed(now, FailureCode.TIMED_OUT, "Group " + question.group() + " has not caught up with its leader");
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
