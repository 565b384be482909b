package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that break after followers have taken entries, and before the leader is told. */
class LostAnswersTest {
    private static final int LEADER = 1;
    /** So long that nobody else stands before the test is over. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private final CountDownLatch broken = new CountDownLatch(1);
    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT));
        peers.startAll();
        peers.stand(LEADER);
        submitted("before");
    }

    @AfterEach
    void stop() {
        broken.countDown();
        HeldAnswers.end();
        peers.close();
    }

    @Test
    void whatNobodyWaitsForIsSentAgainThoughNothingFollows() throws Exception {
        // Given an entry that both followers have taken
        CountDownLatch taken = HeldAnswers.by(peers, LEADER, broken, 2, 3);
        CompletableFuture<Submission> last = peers.group(LEADER).submit(JournalState.entry("last"));
        assertThat(taken.await(60, TimeUnit.SECONDS)).isTrue();
        // When the connections break before they have said so, and nobody submits more
        breakConnectionsTo(2, 3);
        broken.countDown();
        // Then it is committed all the same
        assertThat(last).succeedsWithin(60, TimeUnit.SECONDS).isInstanceOf(Submission.Applied.class);
        Eventually.holds(() -> peers.state(2).texts().contains("last"));
        everyoneIsKnownToHaveEverything();
    }

    @Test
    void aFollowerThatKnowsOfTheCommitHasWhatWasCommitted() throws Exception {
        // Given an entry that one follower has taken, and that is committed without its answer
        CountDownLatch taken = HeldAnswers.by(peers, LEADER, broken, 2);
        CompletableFuture<Submission> last = peers.group(LEADER).submit(JournalState.entry("last"));
        assertThat(taken.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(last).succeedsWithin(60, TimeUnit.SECONDS).isInstanceOf(Submission.Applied.class);
        // When the connection to it breaks
        breakConnectionsTo(2);
        broken.countDown();
        // Then its leader takes it for one that is behind no longer than until it hears of its commit
        everyoneIsKnownToHaveEverything();
        assertThat(peers.membership(LEADER).transferTo(peers.membership(2).self()))
                .succeedsWithin(60, TimeUnit.SECONDS);
    }

    private void everyoneIsKnownToHaveEverything() throws IOException {
        RaftServer.Division leader = peers.division(LEADER);
        Eventually.holds(() -> Arrays.stream(leader.getInfo().getFollowerMatchIndices())
                .allMatch(index -> index == leader.getRaftLog().getNextIndex() - 1));
    }

    /** At the same time: each waits some seconds for what is unanswered. */
    private void breakConnectionsTo(int... followers) throws IOException {
        GrpcServicesImpl transport =
                (GrpcServicesImpl) peers.division(LEADER).getRaftServer().getServerRpc();
        CompletableFuture<?>[] breaks = Arrays.stream(followers)
                .mapToObj(peers::nameOf)
                .map(follower ->
                        CompletableFuture.runAsync(() -> transport.getProxies().resetProxy(follower)))
                .toArray(CompletableFuture<?>[]::new);
        assertThat(CompletableFuture.allOf(breaks)).succeedsWithin(60, TimeUnit.SECONDS);
    }

    private void submitted(String text) {
        assertThat(peers.group(LEADER).submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }
}
