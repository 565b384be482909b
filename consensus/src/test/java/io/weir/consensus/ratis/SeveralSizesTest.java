package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups of small and of large entries on the same nodes. */
class SeveralSizesTest {
    private static final int MIB = 1 << 20;
    private static final String SMALL = "small";
    private static final String LARGE = "large";
    /** So long that a large entry on a busy machine costs no leader its place. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private static ConsensusConfig sized(ConsensusConfig config) {
        return config.withElectionTimeout(ELECTION_TIMEOUT)
                .withLimits(SMALL, new ConsensusConfig.Limits(MIB, MIB))
                .withLimits(LARGE, new ConsensusConfig.Limits(16 * MIB, 16 * MIB));
    }

    @Test
    void aLeaderSendsLargeEntriesAfterAGroupOfSmallOnesWasOpenedAgain() throws Exception {
        // Given a group of small entries that is opened again on each node, after one of large ones
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new).with(SeveralSizesTest::sized)) {
            List<ConsensusGroup> large = new ArrayList<>();
            List<JournalState> states = new ArrayList<>();
            List<RatisGroup> small = new ArrayList<>();
            for (int node = 1; node <= 3; node++) {
                RatisConsensus consensus = peers.startConsensus(node);
                small.add((RatisGroup) consensus.open(SMALL, new JournalState()));
                states.add(new JournalState());
                large.add(consensus.open(LARGE, states.getLast()));
            }
            for (RatisGroup group : small) {
                openAgain(group);
            }
            // When another node comes to lead the one of large entries, and is given one
            Eventually.holds(() -> large.stream().anyMatch(SeveralSizesTest::leads));
            ConsensusGroup next =
                    large.stream().filter(group -> !leads(group)).findFirst().orElseThrow();
            Peers.lead(large, next);
            Leadership before = next.leadership();
            String text = "x".repeat(8 * MIB);
            // Then it is applied everywhere, and that node still leads
            assertThat(next.submit(JournalState.entry(text)))
                    .succeedsWithin(60, TimeUnit.SECONDS)
                    .isInstanceOf(Submission.Applied.class);
            for (JournalState state : states) {
                Eventually.holds(() -> state.texts().contains(text));
            }
            assertThat(next.leadership()).isEqualTo(before);
        }
    }

    private static boolean leads(ConsensusGroup group) {
        return group.leadership() instanceof Leadership.Leading;
    }

    private static void openAgain(RatisGroup group) {
        RunningGroup before = group.running();
        group.logFailed(new IOException("The disk is gone"));
        Eventually.holds(() -> {
            RunningGroup now = group.running();
            return now != null && !now.equals(before) && group.failure().isEmpty();
        });
    }
}
