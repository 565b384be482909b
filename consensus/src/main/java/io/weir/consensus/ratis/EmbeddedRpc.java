package io.weir.consensus.ratis;

import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The transport of a group of one peer: there is nobody to talk to. No port, no thread, nothing to start.
 *
 * <p>Public, with a public constructor, because the library instantiates it by name.
 */
public final class EmbeddedRpc implements RpcType {
    @Override
    public String name() {
        return EmbeddedRpc.class.getName();
    }

    @Override
    public ServerFactory newFactory(@Nullable Parameters parameters) {
        return new ServerFactory() {
            @Override
            public RaftServerRpc newRaftServerRpc(RaftServer server) {
                return new Nobody();
            }

            @Override
            public RpcType getRpcType() {
                return EmbeddedRpc.this;
            }
        };
    }

    /** Every request is a bug: only another peer could be its addressee. */
    private final class Nobody implements RaftServerRpc {
        @Override
        public RpcType getRpcType() {
            return EmbeddedRpc.this;
        }

        @Override
        public void start() {}

        @Override
        @SuppressWarnings("NullAway") // the library takes "no address" as null
        public @Nullable InetSocketAddress getInetSocketAddress() {
            return null;
        }

        @Override
        public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) {
            throw noOther();
        }

        @Override
        public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) {
            throw noOther();
        }

        @Override
        public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) {
            throw noOther();
        }

        @Override
        public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request) {
            throw noOther();
        }

        @Override
        public void addRaftPeers(Collection<RaftPeer> peers) {}

        @Override
        public void handleException(RaftPeerId serverId, Exception e, boolean reconnect) {}

        @Override
        public void close() {}

        private static IllegalStateException noOther() {
            return new IllegalStateException("A group of one peer has nobody to ask");
        }
    }
}
