package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.jspecify.annotations.Nullable;

/** A leader that does what it is told, behind the real service on a real port. */
final class FakeLeader implements LeaderSide, AutoCloseable {
    static final String GROUP = "journal";
    static final PeerId SELF = new PeerId(new NodeId(2), 1);
    static final NodeId NODE = new NodeId(1);

    private final Server server;
    private final int port;
    private final List<Taken> taken = new ArrayList<>();
    private final List<PeerId> asked = new ArrayList<>();
    private final List<PeerId> lost = new CopyOnWriteArrayList<>();
    private volatile boolean throwsWhenLost;
    private long term = 1;
    private int room = Integer.MAX_VALUE;
    private @Nullable CountDownLatch holdUp;
    private @Nullable FailureCode unconfirmed;
    private boolean isSilent;
    private final List<PeerId> removed = new ArrayList<>();
    private final List<Peer> applicants = new ArrayList<>();
    private Answer admission = new Answer.Admitted();

    /** An entry in its log. */
    record Taken(Origin origin, String text, CompletableFuture<Submission> outcome) {}

    FakeLeader() throws IOException {
        this(16);
    }

    /** Of a service that takes in from so many. */
    FakeLeader(int mostSubmitters) throws IOException {
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        new ForwardService(name -> name.equals(GROUP) ? this : null, mostSubmitters).addTo(builder);
        server = builder.build().start();
        port = server.getPort();
    }

    static List<ByteBuffer> entry(String text) {
        return List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    Peer peer() {
        return new Peer(new PeerId(NODE, 1), "127.0.0.1", port);
    }

    synchronized void leadIn(long next) {
        term = next;
    }

    /** From now on it appends only so many more. */
    synchronized void room(int entries) {
        room = entries;
    }

    /** The next entry waits for the latch before it is appended. */
    synchronized void holdUp(CountDownLatch until) {
        holdUp = until;
    }

    synchronized void confirmNothing(FailureCode why) {
        unconfirmed = why;
    }

    /** From now on it answers no question whether it leads. */
    synchronized void fallSilent() {
        isSilent = true;
    }

    /** From now on, to everybody who wants to be admitted. */
    synchronized void answer(Answer next) {
        admission = next;
    }

    synchronized List<Peer> applicants() {
        return List.copyOf(applicants);
    }

    synchronized List<Taken> taken() {
        return List.copyOf(taken);
    }

    synchronized List<PeerId> asked() {
        return List.copyOf(asked);
    }

    /** Whose connection has ended. */
    List<PeerId> lost() {
        return List.copyOf(lost);
    }

    /** From now on it has a bug. */
    void throwWhenLost() {
        throwsWhenLost = true;
    }

    @Override
    public void connectionLost(PeerId asking) {
        lost.add(asking);
        if (throwsWhenLost) {
            throw new IllegalStateException("A bug");
        }
    }

    List<String> texts() {
        return taken().stream().map(Taken::text).toList();
    }

    @Override
    public synchronized Optional<NotAccepted> leadsIn(long wanted, PeerId asking) {
        return wanted == term
                ? Optional.empty()
                : Optional.of(new NotAccepted(FailureCode.NOT_LEADER, "Leads in term " + term));
    }

    synchronized void remove(PeerId peer) {
        removed.add(peer);
    }

    @Override
    public synchronized boolean belongs(PeerId peer) {
        return !removed.contains(peer);
    }

    @Override
    public CompletableFuture<Submission> take(Origin origin, List<ByteBuffer> entry) {
        CountDownLatch until;
        synchronized (this) {
            until = holdUp;
            holdUp = null;
        }
        await(until);
        synchronized (this) {
            if (taken.size() >= room || origin.term() != term) {
                return CompletableFuture.completedFuture(
                        new NotAccepted(FailureCode.OVERLOADED, "Not in term " + term + ", or no room"));
            }
            String text =
                    StandardCharsets.UTF_8.decode(entry.getFirst().duplicate()).toString();
            taken.add(new Taken(origin, text, new CompletableFuture<>()));
            return taken.getLast().outcome();
        }
    }

    private static void await(@Nullable CountDownLatch until) {
        try {
            if (until != null && !until.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Never let go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized CompletableFuture<Long> confirm(PeerId asking) {
        asked.add(asking);
        if (isSilent) {
            return new CompletableFuture<>();
        }
        return unconfirmed == null
                ? CompletableFuture.completedFuture((long) taken.size())
                : CompletableFuture.failedFuture(new ServiceException(unconfirmed, "Not confirmed"));
    }

    @Override
    public synchronized CompletableFuture<Answer> admit(Peer asking) {
        applicants.add(asking);
        return CompletableFuture.completedFuture(admission);
    }

    /** What the submitter's apply thread does when it meets an entry in the log. */
    static void apply(Forwarder forwarder, Taken entry, long index) {
        Forwarded found = forwarder.recognized(
                entry.origin().client().toByteString(), entry.origin().call());
        LogPosition position = new LogPosition(entry.origin().term(), index);
        forwarder.applied(position);
        if (found != null) {
            found.applied(position, entry.text());
        }
    }

    /** Returns once no call is answered any more: one that came meanwhile still would be. */
    @Override
    public void close() {
        try {
            if (!server.shutdownNow().awaitTermination(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Still answers");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
