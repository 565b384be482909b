package io.weir.consensus.ratis;

import io.weir.consensus.log.LogMark;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.FileChunkProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto.SnapshotChunkProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.apache.ratis.util.MD5FileUtil;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;

/** A leader of the group in one term, as a follower's port sees it: it sends what a test wants. */
final class SendingLeader implements AutoCloseable {
    private final Peer self;
    private final Peer follower;
    private final long term;
    private final ManagedChannel channel;
    private final AtomicLong calls = new AtomicLong();

    /** The founder of a node, which sends to that of the first one. */
    SendingLeader(List<Peer> founders, int node, long term) {
        this.self = founders.get(node - 1);
        this.follower = founders.getFirst();
        this.term = term;
        this.channel = NettyChannelBuilder.forAddress(follower.host(), follower.port())
                .usePlaintext()
                .build();
    }

    /** A stream of entries, of its own. */
    Entries connects() {
        return connects(answer -> {});
    }

    /** The same, where each answer is shown to somebody as it comes. */
    Entries connects(Consumer<AppendEntriesReplyProto> onAnswer) {
        return new Entries(onAnswer);
    }

    /** What a journal's entry at an index holds that was appended in a term. */
    static String text(long index, long term) {
        return "entry " + index + " of term " + term;
    }

    /** The members of the group, as an entry at an index says. */
    static LogEntryProto members(LogPosition position, List<Peer> members) {
        return LogEntryProto.newBuilder()
                .setTerm(position.term())
                .setIndex(position.index())
                .setConfigurationEntry(RaftConfigurationProto.newBuilder()
                        .addAllPeers(members.stream()
                                .map(member -> RatisMembership.raftPeer(member).getRaftPeerProto())
                                .toList()))
                .build();
    }

    /** A snapshot in one message, over a stream of its own. */
    CompletableFuture<InstallSnapshotReplyProto> installs(LogPosition position, byte[] snapshot) {
        return sent(whole(position, snapshot), null);
    }

    /** The same with the members of the group. */
    CompletableFuture<InstallSnapshotReplyProto> installs(
            LogPosition position, byte[] snapshot, LogEntryProto members) {
        return sent(whole(position, snapshot), members);
    }

    /** A snapshot in two messages. */
    Halves halves(LogPosition position, byte[] snapshot) {
        return new Halves(position, snapshot, MD5FileUtil.newMD5().digest(snapshot));
    }

    /** The same where something is lost on the way. */
    Halves tornHalves(LogPosition position, byte[] snapshot) {
        return new Halves(position, snapshot, MD5FileUtil.newMD5().digest());
    }

    private static SnapshotChunkProto.Builder whole(LogPosition position, byte[] snapshot) {
        FileChunkProto file = FileChunkProto.newBuilder()
                .setFilename(name(position))
                .setTotalSize(snapshot.length)
                .setFileDigest(ByteString.copyFrom(MD5FileUtil.newMD5().digest(snapshot)))
                .setData(ByteString.copyFrom(snapshot))
                .setDone(true)
                .build();
        return SnapshotChunkProto.newBuilder()
                .setRequestId(UUID.randomUUID().toString())
                .setTermIndex(at(position))
                .addFileChunks(file)
                .setTotalSize(snapshot.length)
                .setDone(true);
    }

    private static String name(LogPosition position) {
        return "sm/snapshot." + position.term() + "_" + position.index();
    }

    private CompletableFuture<InstallSnapshotReplyProto> sent(
            SnapshotChunkProto.Builder chunk, @Nullable LogEntryProto members) {
        Last<InstallSnapshotReplyProto> answer = new Last<>();
        InstallSnapshotRequestProto.Builder message = InstallSnapshotRequestProto.newBuilder()
                .setServerRequest(unnumbered())
                .setLeaderTerm(term)
                .setSnapshotChunk(chunk);
        if (members != null) {
            message.setLastRaftConfigurationLogEntryProto(members);
        }
        RaftServerProtocolServiceGrpc.newStub(channel).installSnapshot(answer).onNext(message.build());
        return answer.future;
    }

    /** As leaders send snapshots. */
    private RaftRpcRequestProto.Builder unnumbered() {
        return request().clearCallId();
    }

    private RaftRpcRequestProto.Builder request() {
        return RaftRpcRequestProto.newBuilder()
                .setRequestorId(id(self))
                .setReplyId(id(follower))
                .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(new GroupFiles(Path.of(""), Peers.GROUP).id()))
                .setCallId(calls.incrementAndGet());
    }

    private static ByteString id(Peer peer) {
        return ByteString.copyFromUtf8(peer.id().toString());
    }

    private static TermIndexProto at(LogPosition position) {
        return TermIndexProto.newBuilder()
                .setTerm(position.term())
                .setIndex(position.index())
                .build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    /** One connection's worth of entries. */
    final class Entries {
        private final Last<AppendEntriesReplyProto> answers;
        private final StreamObserver<AppendEntriesRequestProto> messages;

        private Entries(Consumer<AppendEntriesReplyProto> onAnswer) {
            answers = new Last<>(onAnswer);
            messages = RaftServerProtocolServiceGrpc.newStub(channel).appendEntries(answers);
        }

        /** The answer to entries of which none is committed, when they are the last that are sent. */
        CompletableFuture<AppendEntriesReplyProto> sends(long from, long to) {
            return sends(from, to, -1);
        }

        /** The same where everything up to an index is committed. */
        CompletableFuture<AppendEntriesReplyProto> sends(long from, long to, long committed) {
            AppendEntriesRequestProto.Builder message = AppendEntriesRequestProto.newBuilder()
                    .setServerRequest(request())
                    .setLeaderTerm(term)
                    .setLeaderCommit(committed);
            if (from > 0) {
                message.setPreviousLog(at(new LogPosition(term, from - 1)));
            }
            for (long index = from; index <= to; index++) {
                message.addEntries(entry(index));
            }
            return sent(message);
        }

        /** The answer to an entry behind the first one that changes the members, and is committed. */
        CompletableFuture<AppendEntriesReplyProto> sends(LogEntryProto members) {
            return sent(AppendEntriesRequestProto.newBuilder()
                    .setServerRequest(request())
                    .setLeaderTerm(term)
                    .setLeaderCommit(members.getIndex())
                    .setPreviousLog(at(new LogPosition(term, members.getIndex() - 1)))
                    .addEntries(members));
        }

        private CompletableFuture<AppendEntriesReplyProto> sent(AppendEntriesRequestProto.Builder message) {
            answers.future = new CompletableFuture<>();
            messages.onNext(message.build());
            return answers.future;
        }

        private LogEntryProto entry(long index) {
            ByteString text = ByteString.copyFrom(text(index, term), StandardCharsets.UTF_8);
            return LogEntryProto.newBuilder()
                    .setTerm(term)
                    .setIndex(index)
                    .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder()
                            .setClientId(ClientId.randomId().toByteString())
                            .setCallId(index)
                            .setLogData(ByteString.copyFrom(LogMark.of(-1)).concat(text)))
                    .build();
        }
    }

    /** The messages of one snapshot, over a stream of their own. */
    final class Halves {
        private final Last<InstallSnapshotReplyProto> answers = new Last<>();
        private final StreamObserver<InstallSnapshotRequestProto> messages =
                RaftServerProtocolServiceGrpc.newStub(channel).installSnapshot(answers);
        private final InstallSnapshotRequestProto first;
        private final InstallSnapshotRequestProto second;

        private Halves(LogPosition position, byte[] snapshot, byte[] digest) {
            int half = snapshot.length / 2;
            FileChunkProto.Builder file = FileChunkProto.newBuilder()
                    .setFilename(name(position))
                    .setTotalSize(snapshot.length)
                    .setFileDigest(ByteString.copyFrom(digest));
            SnapshotChunkProto.Builder chunk = SnapshotChunkProto.newBuilder()
                    .setRequestId(UUID.randomUUID().toString())
                    .setTermIndex(at(position))
                    .setTotalSize(snapshot.length);
            first = message(chunk.clone().addFileChunks(file.clone().setData(ByteString.copyFrom(snapshot, 0, half))));
            second = message(chunk.clone()
                    .setRequestIndex(1)
                    .setDone(true)
                    .addFileChunks(file.clone()
                            .setChunkIndex(1)
                            .setOffset(half)
                            .setDone(true)
                            .setData(ByteString.copyFrom(snapshot, half, snapshot.length - half))));
        }

        private InstallSnapshotRequestProto message(SnapshotChunkProto.Builder chunk) {
            return InstallSnapshotRequestProto.newBuilder()
                    .setServerRequest(unnumbered())
                    .setLeaderTerm(term)
                    .setSnapshotChunk(chunk)
                    .build();
        }

        CompletableFuture<InstallSnapshotReplyProto> begins() {
            return sent(first);
        }

        CompletableFuture<InstallSnapshotReplyProto> ends() {
            return sent(second);
        }

        private CompletableFuture<InstallSnapshotReplyProto> sent(InstallSnapshotRequestProto message) {
            answers.future = new CompletableFuture<>();
            messages.onNext(message);
            return answers.future;
        }
    }

    private static final class Last<A> implements StreamObserver<A> {
        private final Consumer<A> onAnswer;
        private volatile CompletableFuture<A> future = new CompletableFuture<>();

        Last() {
            this(answer -> {});
        }

        Last(Consumer<A> onAnswer) {
            this.onAnswer = onAnswer;
        }

        @Override
        public void onNext(A answer) {
            onAnswer.accept(answer);
            future.complete(answer);
        }

        @Override
        public void onError(Throwable failure) {
            future.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            future.completeExceptionally(new IllegalStateException("Closed"));
        }
    }
}
