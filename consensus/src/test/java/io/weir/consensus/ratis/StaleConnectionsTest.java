package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer that can be reached, and none of the connections to it works: as TCP's do for long after a long cut. */
class StaleConnectionsTest {
    private static final int LEADER = 1;
    private static final int CUT_OFF = 2;
    private static final int OTHER = 3;

    @TempDir
    private Path directory;

    @Test
    void toAFollowerAreMadeAnew() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new);
                Relay relay = new Relay(peers.founders().get(CUT_OFF - 1).port())) {
            peers.reach(CUT_OFF, relay.port());
            peers.startAll();
            peers.lead(LEADER);
            submitted(peers, "before");
            Eventually.holds(() -> peers.state(CUT_OFF).texts().equals(List.of("before")));
            // When nothing arrives there by any connection that there is
            relay.lose();
            submitted(peers, "meanwhile");
            // Then it is reached by another one, and can be relied on when the third one is gone
            Eventually.holds(() -> peers.state(CUT_OFF).texts().equals(List.of("before", "meanwhile")));
            peers.lead(LEADER);
            peers.stop(OTHER);
            submitted(peers, "after");
        }
    }

    @Test
    void toALeaderAreMadeAnewByWhoHandsItEntries() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new);
                Relay relay = new Relay(peers.founders().get(LEADER - 1).port())) {
            peers.reach(LEADER, relay.port());
            peers.startAll();
            peers.lead(LEADER);
            Eventually.holds(() -> isApplied(peers, "before"));
            // When the leader still reaches everybody, and nothing arrives there by any connection that there is
            relay.lose();
            // Then what is handed to it does once more, and not only since another one leads
            Eventually.holds(() -> {
                peers.lead(LEADER);
                Leadership before = peers.group(LEADER).leadership();
                return before instanceof Leadership.Leading
                        && isApplied(peers, "after")
                        && before.equals(peers.group(LEADER).leadership());
            });
        }
    }

    private static boolean isApplied(Peers<JournalState> peers, String text) {
        return peers.group(OTHER)
                        .submit(JournalState.entry(text))
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof Submission.Applied;
    }

    private static void submitted(Peers<JournalState> peers, String text) {
        assertThat(peers.group(LEADER).submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }
}
