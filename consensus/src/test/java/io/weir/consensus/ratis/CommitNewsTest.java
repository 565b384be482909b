package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitNewsTest {
    /** The leader's heartbeats are at least a quarter of it apart. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(3);

    private static final int ENTRIES = 25;
    /** Heartbeats alone would take twice as long. */
    private static final Duration MOST = ELECTION_TIMEOUT.dividedBy(4).multipliedBy(ENTRIES / 2);

    @TempDir
    private Path directory;

    @Test
    void followersApplyWhatIsCommittedWithoutWaitingForAHeartbeat() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT))) {
            peers.startAll();
            int leader = peers.leader();
            int follower = leader % 3 + 1;
            Eventually.holds(() ->
                    peers.group(follower).submit(JournalState.entry("first")).join() instanceof Submission.Applied);
            int before = peers.state(follower).texts().size();
            long start = System.nanoTime();
            for (int i = 0; i < ENTRIES; i++) {
                int count = before + i + 1;
                assertThat(peers.group(leader).submit(JournalState.entry("e" + i)))
                        .succeedsWithin(60, TimeUnit.SECONDS)
                        .isInstanceOf(Submission.Applied.class);
                for (int node : peers.nodes()) {
                    Eventually.holds(() -> peers.state(node).texts().size() >= count);
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(MOST);
        }
    }
}
