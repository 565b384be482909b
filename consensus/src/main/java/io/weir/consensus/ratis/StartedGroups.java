package io.weir.consensus.ratis;

import io.weir.consensus.ratis.follow.FollowService;
import io.weir.consensus.ratis.forward.Callbacks;
import io.weir.consensus.ratis.forward.ForwardService;
import io.weir.consensus.ratis.forward.PeerChannels;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;

/**
 * Lets in what the other peers say to groups that have started, and nothing else. The library takes calls for a group
 * while it still reads its log, and is left with half a start: a term that was never persisted, a machine that stays
 * paused, or a group that cannot be opened (ADR 7). It would also answer what is meant for a former replica of this
 * node, which listened at the same address and whose log is lost. It would also take its clients' and administrators'
 * calls, of which there are none here. A {@linkplain ReplicaInDoubt replica in doubt} is not asked for votes that it
 * could not stand by.
 *
 * <p>Threading: any thread.
 */
final class StartedGroups implements ServerInterceptor, GrpcServices.Customizer {
    private final Map<RaftGroupId, Started> started = new ConcurrentHashMap<>();
    private final ForwardService forwarding;
    private final FollowService following;

    /**
     * One that has started.
     *
     * @param self this node's replica of it
     * @param inDoubt what it does not take either, for a while
     */
    private record Started(RaftPeerId self, Optional<ReplicaInDoubt> inDoubt) {}

    /** With our own services beside the library's: they look after themselves. */
    StartedGroups(ForwardService forwarding, FollowService following) {
        this.forwarding = forwarding;
        this.following = following;
    }

    /** What is said to a former replica at this address is not for this one. */
    void add(RaftGroupId group, RaftPeerId self, Optional<ReplicaInDoubt> inDoubt) {
        started.put(group, new Started(self, inDoubt));
    }

    /** Now and then: who has been in doubt may not be any more. */
    void look() {
        started.values().forEach(group -> group.inDoubt().ifPresent(ReplicaInDoubt::look));
    }

    void remove(RaftGroupId group) {
        started.remove(group);
    }

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        forwarding.addTo(builder);
        return PeerChannels.letAsk(builder)
                .executor(Callbacks.all())
                .intercept(this)
                .addService(following.definition());
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (ForwardService.isFor(call) || FollowService.isFor(call)) {
            return next.startCall(call, headers);
        }
        return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
            private boolean refused;

            @Override
            public void onMessage(Q message) {
                if (refused) {
                    return;
                }
                if (isLetIn(message)) {
                    super.onMessage(message);
                    return;
                }
                refused = true;
                super.onCancel();
                call.close(Status.UNAVAILABLE.withDescription("Not for the group here, or not yet"), new Metadata());
            }

            @Override
            public void onHalfClose() {
                if (!refused) {
                    super.onHalfClose();
                }
            }
        };
    }

    private boolean isLetIn(Object message) {
        RaftRpcRequestProto request = requestOf(message);
        if (request == null) {
            return false;
        }
        Started group = started.get(ProtoUtils.toRaftGroupId(request.getRaftGroupId()));
        return group != null
                && group.self().equals(RaftPeerId.valueOf(request.getReplyId()))
                && group.inDoubt().stream().noneMatch(doubtful -> doubtful.refuses(message));
    }

    private static @Nullable RaftRpcRequestProto requestOf(Object message) {
        return switch (message) {
            case AppendEntriesRequestProto append -> append.getServerRequest();
            case RequestVoteRequestProto vote -> vote.getServerRequest();
            case InstallSnapshotRequestProto install -> install.getServerRequest();
            case StartLeaderElectionRequestProto start -> start.getServerRequest();
            case ReadIndexRequestProto read -> read.getServerRequest();
            default -> null;
        };
    }
}
