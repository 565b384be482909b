package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that keeps one group together with others, and another one alone. */
class LoneGroupTest {
    private static final String LONE = "lone";
    private static final int KEEPER = 1;

    @TempDir
    private Path directory;

    private static ConsensusConfig withALoneGroup(ConsensusConfig config) {
        Cluster cluster = config.cluster().orElseThrow();
        return config.withCluster(new Cluster(
                cluster.node(),
                cluster.host(),
                cluster.port(),
                cluster.founders(),
                Map.of(LONE, Set.of(new NodeId(KEEPER))),
                false));
    }

    @ParameterizedTest
    @ValueSource(strings = {Peers.GROUP, LONE})
    void isNotSetAsideForTheSakeOfEither(String damaged) throws Exception {
        try (Peers<JournalState> peers =
                new Peers<>(directory, 3, JournalState::new).with(LoneGroupTest::withALoneGroup)) {
            // Given a node that has lost the term and the vote of one of the two
            peers.start(2);
            peers.start(3);
            RatisConsensus first = peers.startConsensus(KEEPER);
            JournalState shared = new JournalState();
            first.open(Peers.GROUP, shared);
            ConsensusGroup lone = first.open(LONE, new JournalState());
            takes(lone, "only here");
            Eventually.holds(() ->
                    peers.group(2).submit(JournalState.entry("everywhere")).join() instanceof Submission.Applied);
            Eventually.holds(() -> shared.texts().contains("everywhere"));
            peers.stop(KEEPER);
            Path raft = peers.directoryOf(KEEPER);
            Path log = new GroupFiles(raft, damaged).log();
            Path lost = log.resolve(GroupFiles.TERM_FILE);
            Path elsewhere = Files.move(lost, directory.resolve("lost"));

            // When it is started, and started again, then it is refused, and stays as it is
            isRefused(peers, log);
            isRefused(peers, log);
            assertThat(NodeConsensus.isQuarantined(raft)).isFalse();
            assertThat(raft.resolveSibling("raft-damaged")).doesNotExist();

            // And goes on with both once it has that file again
            Files.move(elsewhere, lost);
            JournalState sharedAgain = new JournalState();
            JournalState loneAgain = new JournalState();
            RatisConsensus restored = peers.startConsensus(KEEPER);
            restored.open(Peers.GROUP, sharedAgain);
            takes(restored.open(LONE, loneAgain), "again");
            assertThat(loneAgain.texts()).isEqualTo(List.of("only here", "again"));
            Eventually.holds(() -> sharedAgain.texts().contains("everywhere"));
        }
    }

    private static void takes(ConsensusGroup lone, String text) {
        Eventually.holds(() -> lone.leadership() instanceof Leadership.Leading);
        assertThat(lone.submit(JournalState.entry(text)).join()).isInstanceOf(Submission.Applied.class);
    }

    private static void isRefused(Peers<JournalState> peers, Path naming) {
        RatisConsensus consensus = peers.startConsensus(KEEPER);
        assertThatThrownBy(() -> {
                    consensus.open(Peers.GROUP, new JournalState());
                    consensus.open(LONE, new JournalState());
                })
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                .hasMessageContaining(naming.toString())
                .hasMessageContaining("nobody else is known to keep group " + LONE);
        peers.stop(KEEPER);
    }
}
