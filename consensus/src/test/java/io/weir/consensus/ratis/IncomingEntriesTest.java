package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Peer;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.apache.ratis.util.ProtoUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader, as a follower's port sees it, that sends entries again while the follower's log writer is held up. */
class IncomingEntriesTest {
    private static final String WRITER_STARTS = "SegmentedRaftLogWorker.runWorker";
    private static final String MESSAGE_TAKEN = "RaftServerImpl.appendEntries.logComplete";
    private static final int TERM = 1;

    @TempDir
    private Path directory;

    private final CountDownLatch mayWrite = new CountDownLatch(1);
    private final AtomicInteger taken = new AtomicInteger();
    private Peers<JournalState> peers;
    private ManagedChannel channel;
    private int calls;

    @BeforeEach
    void start() throws Exception {
        CodeInjectionForTesting.put(WRITER_STARTS, (local, remote, arguments) -> awaited(mayWrite));
        CodeInjectionForTesting.put(MESSAGE_TAKEN, (local, remote, arguments) -> taken.incrementAndGet() > 0);
        peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(Duration.ofMinutes(2)));
        peers.start(1);
        channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", peers.founders().getFirst().port())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        mayWrite.countDown();
        channel.shutdownNow();
        peers.close();
        CodeInjectionForTesting.remove(WRITER_STARTS);
        CodeInjectionForTesting.remove(MESSAGE_TAKEN);
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void acknowledgesNoMoreThanItHoldsOfALongerMessageWithTheSameBeginning() throws Exception {
        // Given entries 0 to 2, and 3 to 5 behind them, that wait to be written
        Leader first = new Leader();
        var _ = first.sends(0, 2);
        var _ = first.sends(3, 5);
        Eventually.holds(() -> taken.get() == 2);

        // When the leader, on a new connection, sends all from 3 on
        CompletableFuture<AppendEntriesReplyProto> answer = new Leader().sends(3, 10);
        Eventually.holds(() -> taken.get() == 3);
        mayWrite.countDown();

        // Then what is acknowledged is in the log
        AppendEntriesReplyProto acknowledged = answer.get(60, TimeUnit.SECONDS);
        assertThat(acknowledged.getResult()).isEqualTo(AppendResult.SUCCESS);
        assertThat(acknowledged.getMatchIndex()).isEqualTo(10);
        assertThat(synced()).isEqualTo(10);
    }

    @Test
    void acknowledgesEntriesThatAreSentAgainOnlyWhenTheyAreFsynced() throws Exception {
        // Given entries that wait to be written
        var _ = new Leader().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);

        // When the leader sends them again
        CompletableFuture<AppendEntriesReplyProto> answer = new Leader().sends(0, 2);
        Eventually.holds(() -> taken.get() == 2);

        // Then it gets no answer before they are
        assertThatThrownBy(() -> answer.get(500, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        mayWrite.countDown();
        assertThat(answer.get(60, TimeUnit.SECONDS).getMatchIndex()).isEqualTo(2);
        assertThat(synced()).isEqualTo(2);
    }

    @Test
    void acknowledgesNothingBehindEntriesThatCouldNotBeWritten() throws Exception {
        // Given entries that wait to be written
        var _ = new Leader().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);
        CompletableFuture<AppendEntriesReplyProto> answer = new Leader().sends(0, 2);
        Eventually.holds(() -> taken.get() == 2);

        // When the log says that it fails
        running().machine().incoming().logFailed(new IOException("The disk is gone"));
        mayWrite.countDown();

        // Then they are not acknowledged, though they are in memory
        assertThat(answer).failsWithin(60, TimeUnit.SECONDS);
    }

    private long synced() {
        return running().syncedUpTo();
    }

    private RunningGroup running() {
        return Optional.ofNullable(((RatisGroup) peers.group(1)).running()).orElseThrow();
    }

    /** One connection's worth of the other founder. */
    private final class Leader implements StreamObserver<AppendEntriesReplyProto> {
        private final StreamObserver<AppendEntriesRequestProto> messages =
                RaftServerProtocolServiceGrpc.newStub(channel).appendEntries(this);
        private volatile CompletableFuture<AppendEntriesReplyProto> last = new CompletableFuture<>();

        /** The answer to the last message that is sent. */
        private CompletableFuture<AppendEntriesReplyProto> sends(long from, long to) {
            AppendEntriesRequestProto.Builder message = AppendEntriesRequestProto.newBuilder()
                    .setServerRequest(RaftRpcRequestProto.newBuilder()
                            .setRequestorId(id(peers.founders().get(1)))
                            .setReplyId(id(peers.founders().get(0)))
                            .setRaftGroupId(
                                    ProtoUtils.toRaftGroupIdProtoBuilder(new GroupFiles(directory, Peers.GROUP).id()))
                            .setCallId(++calls))
                    .setLeaderTerm(TERM)
                    .setLeaderCommit(-1);
            if (from > 0) {
                message.setPreviousLog(TermIndexProto.newBuilder().setTerm(TERM).setIndex(from - 1));
            }
            for (long index = from; index <= to; index++) {
                message.addEntries(entry(index));
            }
            last = new CompletableFuture<>();
            messages.onNext(message.build());
            return last;
        }

        private static ByteString id(Peer peer) {
            return ByteString.copyFromUtf8(peer.id().toString());
        }

        private static LogEntryProto entry(long index) {
            return LogEntryProto.newBuilder()
                    .setTerm(TERM)
                    .setIndex(index)
                    .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder()
                            .setClientId(ClientId.randomId().toByteString())
                            .setCallId(index)
                            .setLogData(ByteString.copyFrom(new byte[16])))
                    .build();
        }

        @Override
        public void onNext(AppendEntriesReplyProto reply) {
            last.complete(reply);
        }

        @Override
        public void onError(Throwable failure) {
            last.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            last.completeExceptionally(new IllegalStateException("Closed"));
        }
    }
}
