package io.weir.consensus.ratis.forward;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.Submission.NotAccepted;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica that has opened a group and does not belong to it: asks the others, one after another, until their leader
 * has admitted it. One question at a time, less and less often; it is said once that it waits, and once why.
 *
 * <p>Threading: any thread; {@link #tick} is one thread's.
 */
public final class Applicant {
    private static final Logger LOG = LoggerFactory.getLogger(Applicant.class);
    private static final Duration MOST_PAUSE = Duration.ofSeconds(5);
    /** To catch up may take longer: it is then asked again, and refused while it goes on. */
    private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(30);
    /** Doublings of a pause, so that it does not overflow. */
    private static final int MOST_DOUBLINGS = 20;

    private final String group;
    private final Peer self;
    private final PeerChannels channels;
    private final Supplier<List<Peer>> others;
    private final Duration pause;
    private boolean waits;
    private boolean isUnderWay;
    private boolean isRefused;
    private int asked;
    private long nextNanos = System.nanoTime();
    private @Nullable Peer leader;

    /**
     * Of one group.
     *
     * @param self how the others will reach this replica
     * @param others who may know the leader or be it
     * @param pause the first one after everybody was asked in vain
     */
    public Applicant(String group, Peer self, PeerChannels channels, Supplier<List<Peer>> others, Duration pause) {
        this.group = group;
        this.self = self;
        this.channels = channels;
        this.others = others;
        this.pause = pause;
    }

    /** Whom it may be talking to. */
    public synchronized Stream<Peer> reached() {
        return waits ? Stream.concat(others.get().stream(), Stream.ofNullable(leader)) : Stream.empty();
    }

    /**
     * Now and then.
     *
     * @param belongs whether this replica belongs to the group by what it knows: it may know of an admission that was
     *     never committed, and that nobody else does
     * @param isLed whether it leads or has heard of a leader, who knows of it, not long ago
     */
    public void tick(boolean belongs, boolean isLed) {
        Peer next = next(belongs, isLed);
        if (next == null) {
            return;
        }
        ManagedChannel channel = channels.to(next).orElse(null);
        if (channel == null) {
            return;
        }
        ClientCall<Packet, Packet> call = channel.newCall(
                Methods.ADMIT, CallOptions.DEFAULT.withDeadlineAfter(ANSWER_AT_MOST.toMillis(), MILLISECONDS));
        call.start(new Answers(next), new Metadata());
        call.request(1);
        call.sendMessage(new ToLeader.Admission(group, self).packet());
        call.halfClose();
    }

    private synchronized @Nullable Peer next(boolean belongs, boolean isLed) {
        if (belongs && isLed) {
            if (waits) {
                waits = false;
                LOG.atInfo()
                        .addKeyValue("group", group)
                        .addKeyValue("peer", self.id())
                        .log("Belongs to the group, and is led");
            }
            return null;
        }
        if (!waits) {
            waits = true;
            isRefused = false;
            asked = 0;
            LOG.atInfo()
                    .addKeyValue("group", group)
                    .addKeyValue("peer", self.id())
                    .log(
                            belongs
                                    ? "Hears of no leader: asks whether it belongs to the group"
                                    : "A new replica: waits to be admitted to the group");
        }
        if (isUnderWay || System.nanoTime() - nextNanos < 0) {
            return null;
        }
        List<Peer> all = others.get();
        Peer next = leader;
        if (next == null) {
            next = all.isEmpty() ? null : all.get(asked % all.size());
            asked++;
        }
        leader = null;
        isUnderWay = next != null;
        int rounds = Math.min(MOST_DOUBLINGS, asked / Math.max(1, all.size()));
        long nanos = Math.min(MOST_PAUSE.toNanos(), pause.toNanos() << rounds);
        nextNanos = System.nanoTime() + nanos;
        return next;
    }

    private synchronized void over() {
        isUnderWay = false;
    }

    /** Whom to ask next, and after the first pause: two that name each other are not asked in a circle at once. */
    private synchronized void elsewhere(Peer to) {
        leader = to;
        nextNanos = System.nanoTime() + pause.toNanos();
    }

    private synchronized void refused(Peer by, String why) {
        if (!isRefused) {
            isRefused = true;
            LOG.atWarn()
                    .addKeyValue("group", group)
                    .addKeyValue("peer", self.id())
                    .log("Not admitted yet, and asks again: {}, says {}", why, by.id());
        }
    }

    private final class Answers extends ClientCall.Listener<Packet> {
        private final Peer asked;

        private Answers(Peer asked) {
            this.asked = asked;
        }

        @Override
        public void onMessage(Packet packet) {
            try {
                switch (FromLeader.of(packet)) {
                    case FromLeader.Elsewhere(Peer to) -> elsewhere(to);
                    case FromLeader.Ended(long _, NotAccepted why) -> refused(asked, why.message());
                    // The log brings the group's configuration with this replica in it.
                    case FromLeader.Admitted() ->
                        LOG.atDebug().addKeyValue("group", group).log("Belongs to the group");
                    case FromLeader.Opened _, FromLeader.Confirmed _ -> refused(asked, "something else");
                }
            } catch (IllegalArgumentException malformed) {
                refused(asked, "what cannot be read: " + malformed.getMessage());
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            over();
        }
    }
}
