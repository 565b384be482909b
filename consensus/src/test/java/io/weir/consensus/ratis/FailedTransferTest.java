package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A leader that is to hand over to a peer that has just ended: it is refused so soon that the library forgets to end.
 */
class FailedTransferTest {
    private static final int LEADER = 1;
    private static final int ENDED = 2;
    /** The library loses one of some: which thread is faster decides. */
    private static final int TRANSFERS = 150;

    private static final Duration AT_MOST = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    @Test
    void entriesAreTakenAgain() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            peers.startAll();
            peers.lead(LEADER);
            assertThat(submitted(peers, "before")).isInstanceOf(Submission.Applied.class);
            RunningGroup leader = Optional.ofNullable(((RatisGroup) peers.group(LEADER)).running())
                    .orElseThrow();
            RaftPeerId ended = peers.nameOf(ENDED);
            Eventually.holds(() -> peers.state(ENDED).texts().contains("before"));
            peers.stop(ENDED);
            for (int i = 0; i < TRANSFERS; i++) {
                assertThat(leader.transferTo(ended, AT_MOST)).succeedsWithin(60, TimeUnit.SECONDS);
            }
            assertThat(submitted(peers, "after")).isInstanceOf(Submission.Applied.class);
        }
    }

    private static Submission submitted(Peers<JournalState> peers, String text) {
        return peers.group(LEADER)
                .submit(JournalState.entry(text))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
