package io.weir.consensus.ratis;

import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.consensus.ratis.forward.Forwarder;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.consensus.ratis.forward.RemoteBarrier;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A group on a peer that may follow: what it asks of the leader (ADR 8).
 *
 * <p>Threading: any thread.
 */
final class FollowerSide {
    private final Forwarder forwarder;
    private final RemoteBarrier barrier;

    /** Of a group, which knows who leads it and how to reach that peer. */
    FollowerSide(RatisGroup group, PeerId self, PeerChannels channels, Duration patience) {
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
        forwarder.tick();
        barrier.tick();
    }

    void abandon(FailureCode code, String why) {
        forwarder.abandon(code, why);
        barrier.abandon(code, why);
    }
}
