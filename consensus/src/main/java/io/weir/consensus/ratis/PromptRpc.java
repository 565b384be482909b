package io.weir.consensus.ratis;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.BegunAnew;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.jspecify.annotations.Nullable;

/**
 * Ratis' gRPC, with a leader that tells its followers of a commit at once (ADR 8), and followers that take what leaders
 * send in its {@linkplain IncomingEntries turn} (ADR 7).
 *
 * <p>Public, with a public constructor, because the library instantiates it by name.
 */
public final class PromptRpc implements RpcType {
    @Override
    public String name() {
        return PromptRpc.class.getName();
    }

    @Override
    public GrpcFactory newFactory(@Nullable Parameters parameters) {
        return new GrpcFactory(parameters == null ? new Parameters() : parameters) {
            @Override
            public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
                BegunAnew.goOn(server, follower);
                return new PromptAppender(server, state, follower);
            }

            @Override
            public GrpcServices newRaftServerRpc(RaftServer server) {
                return super.newRaftServerRpc(IncomingEntries.inFrontOf(server));
            }

            @Override
            public SupportedRpcType getRpcType() {
                return SupportedRpcType.GRPC;
            }
        };
    }
}
