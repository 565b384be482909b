package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node without a replica that follows one whose log is written no more, without an error. */
class FollowedHungDiskTest {
    private static final String WRITER_STARTS = "SegmentedRaftLogWorker.runWorker";
    private static final int LEADER = 1;
    private static final int HUNG = 2;
    /** Asks the one whose disk hangs first. */
    private static final NodeId NODE = new NodeId(10);
    /** Six of them it waits for the first word of the one that it asks. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);

    @TempDir
    private Path directory;

    private final CountDownLatch works = new CountDownLatch(1);
    private Peers<JournalState> peers;
    private FollowingConsensus gateway;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT);
        String hung = peers.nameOf(HUNG).toString();
        CodeInjectionForTesting.put(
                WRITER_STARTS, (local, remote, arguments) -> hung.equals(local.toString()) && awaited(works));
        peers.startAll();
        peers.stand(LEADER);
        gateway = peers.follow(NODE, new SimpleMeterRegistry());
    }

    @AfterEach
    void stop() {
        works.countDown();
        gateway.close();
        peers.close();
        CodeInjectionForTesting.remove(WRITER_STARTS);
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(5, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void leavesItForAnotherAndMeetsThereWhatItHasSubmitted() {
        applied(peers.group(LEADER), "before");
        // Given that it follows a replica that knows who leads, and nothing of what was committed
        JournalState state = new JournalState();
        ConsensusGroup group = gateway.open(Peers.GROUP, state);
        Eventually.holds(() -> !group.leadership().equals(new Leadership.Following()));
        assertThat(state.texts()).isEmpty();
        // When something is submitted, and committed by the others
        applied(group, "after");
        // Then it is met here before its outcome is given up
        assertThat(state.texts()).isEqualTo(List.of("before", "after"));
        assertThat(group.barrier()).succeedsWithin(60, TimeUnit.SECONDS);
    }

    private static void applied(ConsensusGroup group, String text) {
        assertThat(group.submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }
}
