package io.weir.consensus.ratis;

import io.weir.consensus.ratis.forward.Applicant;
import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.consensus.ratis.forward.Forwarder;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.consensus.ratis.forward.RemoteBarrier;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A group on a peer that may follow: what it asks of the leader (ADR 8).
 *
 * <p>Threading: any thread.
 */
final class FollowerSide {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    private final Forwarder forwarder;
    private final RemoteBarrier barrier;
    private final Applicant applicant;
    private final RatisGroup group;
    private final Peer self;

    /** Of a group, which knows who leads it and how to reach that peer. */
    FollowerSide(RatisGroup group, Peer replica, List<Peer> founders, PeerChannels channels, Duration patience) {
        PeerId self = replica.id();
        this.group = group;
        this.self = replica;
        this.applicant =
                new Applicant(group.name(), replica, channels, () -> others(group, replica, founders), FIRST_PAUSE);
        this.forwarder = new Forwarder(group.name(), self, channels, group::peer, patience);
        this.barrier = new RemoteBarrier(
                group.name(),
                self,
                channels,
                group::leader,
                group::peer,
                () -> group.applied().index(),
                patience);
    }

    /** Whoever is in the newest configuration that is known here, and the founders: none of them at this address. */
    private static List<Peer> others(RatisGroup group, Peer self, List<Peer> founders) {
        return Stream.concat(group.peers(), founders.stream())
                .filter(peer -> !peer.id().node().equals(self.id().node()))
                .toList();
    }

    /** Whom it talks to, beside the group's peers. */
    Stream<Peer> reached() {
        return applicant.reached();
    }

    CompletableFuture<Submission> submit(List<ByteBuffer> entry, Leader leader) {
        return forwarder.submit(entry, leader);
    }

    CompletableFuture<Void> barrier() {
        return barrier.pass();
    }

    @Nullable Forwarded recognized(ByteString client, long call) {
        return forwarder.recognized(client, call);
    }

    void applied(LogPosition position) {
        forwarder.applied(position);
        barrier.applied(position);
    }

    void skippedTo(LogPosition position) {
        forwarder.skippedTo(position);
        barrier.applied(position);
    }

    void tick() {
        if (group.running() != null) {
            applicant.tick(group.peers().anyMatch(peer -> peer.id().equals(self.id())));
        }
        forwarder.tick();
        barrier.tick();
    }

    void abandon(FailureCode code, String why) {
        forwarder.abandon(code, why);
        barrier.abandon(code, why);
    }
}
