package io.weir.consensus.ratis;

import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.consensus.ratis.forward.Forwarder;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.consensus.ratis.forward.RemoteBarrier;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group where another process may lead it: what is asked of the leader (ADR 8).
 *
 * <p>Threading: any thread.
 */
class LeaderElsewhere {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderElsewhere.class);

    private final Forwarder forwarder;
    private final RemoteBarrier barrier;

    /**
     * Of one group.
     *
     * @param leadership who leads now
     * @param peers of the group's newest configuration
     * @param applied the last index that was applied here
     */
    LeaderElsewhere(
            String group,
            PeerId self,
            PeerChannels channels,
            Supplier<Leadership> leadership,
            Function<NodeId, Optional<Peer>> peers,
            LongSupplier applied,
            Duration patience) {
        this.forwarder = new Forwarder(group, self, node -> peers.apply(node).flatMap(channels::to), patience);
        this.barrier = new RemoteBarrier(group, self, channels, leadership, peers, applied, patience);
    }

    /** Answers whatever happens: until then who calls keeps a place for the entry. */
    CompletableFuture<Submission> submit(List<ByteBuffer> entry, Leader leader) {
        try {
            return forwarder.submit(entry, leader);
        } catch (RuntimeException | Error bug) {
            LOG.atError().addKeyValue("node", leader.node()).setCause(bug).log("Cannot hand an entry to the leader");
            return CompletableFuture.completedFuture(new Submission.Unknown(String.valueOf(bug)));
        }
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
