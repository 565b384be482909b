package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Barriers at a leader that sends a heartbeat of its own accord only every half a minute. */
class BarrierRoundsTest {
    private static final int LEADER = 1;
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(60);
    private static final long BEFORE_NEXT_HEARTBEAT_SECONDS = 12;

    @TempDir
    private Path directory;

    private final CountDownLatch sent = new CountDownLatch(1);

    @AfterEach
    void stop() {
        sent.countDown();
        CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
    }

    @Test
    void whoAsksWhileHeartbeatsAreMadeIsAnsweredByTheNextAtOnce() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT))) {
            peers.startAll();
            peers.stand(LEADER);
            ConsensusGroup leader = peers.group(LEADER);
            assertThat(leader.barrier()).succeedsWithin(60, TimeUnit.SECONDS);
            // Given heartbeats to both followers that are made and not sent yet
            Set<String> made = heartbeatsHeldUp();
            CompletableFuture<Void> first = leader.barrier();
            Eventually.holds(() -> made.size() == 2);
            // When somebody else asks
            CompletableFuture<Void> last = leader.barrier();
            sent.countDown();
            // Then those will not do, and there are others
            assertThat(first).succeedsWithin(BEFORE_NEXT_HEARTBEAT_SECONDS, TimeUnit.SECONDS);
            assertThat(last).succeedsWithin(BEFORE_NEXT_HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private Set<String> heartbeatsHeldUp() {
        Set<String> made = ConcurrentHashMap.newKeySet();
        CodeInjectionForTesting.put(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST, (local, remote, arguments) -> {
            if (arguments[0] instanceof AppendEntriesRequestProto message) {
                made.add(message.getServerRequest().getReplyId().toStringUtf8());
                return awaited(sent);
            }
            return false;
        });
        return made;
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException givenUp) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Given up", givenUp);
        }
    }
}
