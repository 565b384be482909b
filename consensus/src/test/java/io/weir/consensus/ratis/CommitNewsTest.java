package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitNewsTest {
    /** The leader's heartbeats are at least a quarter of it apart. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(8);

    private static final int ENTRIES = 25;
    private static final int LEADER = 1;
    private static final int FOLLOWER = 2;
    /** Of an entry; it would take twice as long until the next heartbeat tells of it. */
    private static final Duration MOST = ELECTION_TIMEOUT.dividedBy(8);

    @TempDir
    private Path directory;

    @Test
    void followersApplyWhatIsCommittedWithoutWaitingForAHeartbeat() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT))) {
            peers.startAll();
            peers.stand(LEADER);
            Eventually.holds(() ->
                    peers.group(FOLLOWER).submit(JournalState.entry("first")).join() instanceof Submission.Applied);
            int before = peers.state(FOLLOWER).texts().size();
            List<Duration> times = new ArrayList<>();
            for (int i = 0; i < ENTRIES; i++) {
                int count = before + i + 1;
                assertThat(peers.group(LEADER).submit(JournalState.entry("e" + i)))
                        .succeedsWithin(60, TimeUnit.SECONDS)
                        .isInstanceOf(Submission.Applied.class);
                long committed = System.nanoTime();
                for (int node : peers.nodes()) {
                    Eventually.holds(() -> peers.state(node).texts().size() >= count);
                }
                times.add(Duration.ofNanos(System.nanoTime() - committed));
            }
            Collections.sort(times);
            assertThat(times.get(ENTRIES / 2)).isLessThan(MOST);
        }
    }
}
