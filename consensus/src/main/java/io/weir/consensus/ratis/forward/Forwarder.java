package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.Channel;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Hands a group's entries to its leader, and learns from the log what became of each (ADR 8).
 *
 * <p>An entry names the term that it may be appended in. So as soon as this peer applies an entry of a later term, all
 * that it handed over in earlier ones and has not applied will never be.
 *
 * <p>Threading: any thread. How much is on its way is bounded by who calls.
 */
public final class Forwarder implements LeaderStream.Answers {
    /** After so long nobody waits any more, even if the leader seems to be well. */
    private static final Duration AT_MOST = Duration.ofSeconds(30);

    private final String group;
    private final PeerId self;
    private final Function<NodeId, Optional<Channel>> ways;
    private final long patienceNanos;

    private final ClientId client = ClientId.randomId();
    private final ByteString clientInLog = client.toByteString();
    private final Map<Long, Forwarded> pending = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable LeaderStream stream;
    private long calls;
    private volatile long appliedTerm = Origin.ANY;

    /**
     * Of one group.
     *
     * @param ways to other peers, as far as they are known
     * @param patience how long an entry waits for word of it after its stream broke
     */
    public Forwarder(String group, PeerId self, Function<NodeId, Optional<Channel>> ways, Duration patience) {
        this.group = group;
        this.self = self;
        this.ways = ways;
        this.patienceNanos = patience.toNanos();
    }

    /** Does not block. */
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry, Leader leader) {
        Forwarded forwarded;
        lock.lock();
        try {
            LeaderStream to = streamTo(leader);
            if (to == null) {
                return CompletableFuture.completedFuture(
                        notLeader("Group " + group + " knows no way to its leader, " + leader.node()));
            }
            forwarded = new Forwarded(++calls, to, entry, System.nanoTime() + AT_MOST.toNanos());
            pending.put(forwarded.call(), forwarded);
            // After it can be found: whoever applies a later term now, finds it.
            if (appliedTerm > leader.term()) {
                pending.remove(forwarded.call());
                return CompletableFuture.completedFuture(notLeader("Term " + leader.term() + " is over"));
            }
            to.send(forwarded);
        } finally {
            lock.unlock();
        }
        return forwarded.outcome();
    }

    private @Nullable LeaderStream streamTo(Leader leader) {
        LeaderStream current = stream;
        if (current != null && !current.isOver()) {
            if (current.leader().equals(leader)) {
                return current;
            }
            current.cancel("Another leads");
        }
        Optional<Channel> channel = ways.apply(leader.node());
        if (channel.isEmpty()) {
            return null;
        }
        LeaderStream next = new LeaderStream(leader, channel.get().newCall(Methods.SUBMIT, CallOptions.DEFAULT));
        stream = next;
        next.start(new ToLeader.Opening(group, self, client.getUuid(), leader.term()), this);
        return next;
    }

    private static NotAccepted notLeader(String why) {
        return new NotAccepted(FailureCode.NOT_LEADER, why);
    }

    @Override
    public void answered(LeaderStream from, FromLeader message) {
        List<Forwarded> refused = new ArrayList<>();
        NotAccepted why = notLeader("The connection to the leader broke before it was sent");
        lock.lock();
        try {
            switch (message) {
                case FromLeader.Opened _ when from.isOver() -> {
                    // Came too late: a newer one may have brought entries of that term, of which this says nothing.
                }
                case FromLeader.Opened(long last) -> {
                    long term = from.leader().term();
                    take(refused, it -> it.term() == term && it.call() > last && it.stream() != from);
                    from.opened();
                }
                case FromLeader.Ended(long last, NotAccepted refusal) -> {
                    why = refusal;
                    refused.addAll(from.over());
                    take(refused, it -> it.stream() == from && it.call() > last);
                }
                case FromLeader.Confirmed _, FromLeader.Admitted _, FromLeader.Elsewhere _ -> from.cancel("Not asked");
            }
        } finally {
            lock.unlock();
            // Whatever happened: nobody else would find them any more.
            refuse(refused, why);
        }
    }

    /** Out of those that wait for the log. */
    private void take(List<Forwarded> into, Predicate<Forwarded> which) {
        List<Forwarded> found = pending.values().stream().filter(which).toList();
        found.stream().filter(each -> pending.remove(each.call(), each)).forEach(into::add);
    }

    private void refuse(List<Forwarded> entries, Submission why) {
        for (Forwarded each : entries) {
            pending.remove(each.call());
            each.outcome().complete(why);
        }
    }

    @Override
    public void closed(LeaderStream from, Status status) {
        List<Forwarded> never;
        long deadline = System.nanoTime() + patienceNanos;
        lock.lock();
        try {
            never = from.over();
            for (Forwarded each : pending.values()) {
                if (each.stream() == from) {
                    each.giveUpAt(deadline);
                }
            }
        } finally {
            lock.unlock();
        }
        refuse(never, notLeader("The leader of group " + group + " cannot be reached: " + status));
    }

    /** The entry of this peer's that the log holds under this name; on the apply thread. */
    public @Nullable Forwarded recognized(ByteString clientOfEntry, long call) {
        return pending.isEmpty() || !clientInLog.equals(clientOfEntry) ? null : pending.remove(call);
    }

    /** On the apply thread, after each entry. */
    public void applied(LogPosition position) {
        if (position.term() > appliedTerm) {
            appliedTerm = position.term();
            List<Forwarded> never = new ArrayList<>();
            take(never, it -> it.term() < position.term());
            refuse(never, notLeader("Not appended in its term, which is over: " + position + " was applied"));
        }
    }

    /** A snapshot has taken the place of entries that this peer will not come to see. */
    public void skippedTo(LogPosition position) {
        appliedTerm = Math.max(appliedTerm, position.term());
        List<Forwarded> hidden = new ArrayList<>();
        take(hidden, it -> it.term() <= position.term());
        refuse(hidden, new Submission.Unknown("Caught up by a snapshot of the leader's at " + position));
    }

    /** Now and then: gives up what has waited too long. */
    public void tick() {
        long now = System.nanoTime();
        List<Forwarded> late = new ArrayList<>();
        take(late, it -> it.isLate(now));
        refuse(late, new Submission.Unknown("No word of it in time from the leader of group " + group));
    }

    /** Nothing is applied here any more. */
    public void abandon(FailureCode code, String why) {
        List<Forwarded> never = new ArrayList<>();
        List<Forwarded> sent = new ArrayList<>();
        lock.lock();
        try {
            if (stream != null && !stream.isOver()) {
                never.addAll(stream.over());
                stream.cancel(why);
            }
            never.forEach(each -> pending.remove(each.call()));
            take(sent, it -> true);
        } finally {
            lock.unlock();
        }
        refuse(never, new NotAccepted(code, why));
        refuse(sent, new Submission.Unknown(why));
    }
}
