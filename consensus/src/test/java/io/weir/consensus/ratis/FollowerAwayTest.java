package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.Elections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that has nothing to say to a follower that is away. */
class FollowerAwayTest {
    /** So long that nobody else stands before the test is over. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(3);
    /** Only a few heartbeats are due, and what one that failed has it make at once is none of many. */
    private static final int MOST_A_SECOND = 1_000;

    @TempDir
    private Path directory;

    @Test
    void waitsUntilAHeartbeatIsDue() throws Exception {
        try (Peers<JournalState> peers =
                new Peers<>(directory, 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT)) {
            peers.startAll();
            peers.stand(1);
            peers.stop(3);
            assertThat(peers.group(1).submit(JournalState.entry("without one")))
                    .succeedsWithin(60, TimeUnit.SECONDS)
                    .isInstanceOf(Submission.Applied.class);
            RaftServer.Division division = peers.division(1);
            RaftPeerId away = peers.nameOf(3);

            long before = Elections.messagesTo(division, away);
            TimeUnit.SECONDS.sleep(2);

            assertThat(Elections.messagesTo(division, away) - before).isBetween(1L, 2L * MOST_A_SECOND);
        }
    }
}
