package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups that go on from a copy of a state whose log is lost. */
class SeedTest {
    private static final LogPosition AT = new LogPosition(1L << 20, 1L << 40);
    private static final LogPosition LATER = new LogPosition(2L << 20, 2L << 40);

    /** Of an entry that is submitted while the leader changes nobody knows whether it is applied. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    private RatisConsensus open(String name) {
        return new RatisConsensus(ConsensusConfig.defaults(directory.resolve(name)), new SimpleMeterRegistry());
    }

    private static void submit(ConsensusGroup group, String text) throws Exception {
        assertThat(group.submit(JournalState.entry(text)).get(60, TimeUnit.SECONDS))
                .isInstanceOf(Submission.Applied.class);
    }

    /** A group's state, copied while it runs. */
    private byte[] lost() throws Exception {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        try (RatisConsensus consensus = open("lost")) {
            ConsensusGroup group = consensus.open("journal", new JournalState());
            submit(group, "a");
            submit(group, "b");
            LogPosition position = group.copyState(copy).get(60, TimeUnit.SECONDS);
            assertThat(position).isEqualTo(group.applied());
            submit(group, "c");
        }
        return copy.toByteArray();
    }

    @Test
    void goesOnFromTheCopyBehindTheLostLogAndInALaterTerm() throws Exception {
        // Given
        byte[] copy = lost();
        ConsensusConfig config = ConsensusConfig.defaults(directory.resolve("seeded"));
        SeededGroups.write(config, List.of(new GroupSeed("journal", AT, out -> out.write(copy))))
                .publish();

        // When
        for (int life = 0; life < 2; life++) {
            JournalState state = new JournalState();
            try (RatisConsensus consensus = open("seeded")) {
                ConsensusGroup group = consensus.open("journal", state);
                submit(group, "life " + life);

                // Then
                assertThat(state.texts()).startsWith("a", "b").endsWith("life " + life);
                assertThat(state.texts()).hasSize(3 + life);
                assertThat(group.applied().index()).isGreaterThan(AT.index());
                assertThat(((Leadership.Leading) group.leadership()).term()).isGreaterThan(AT.term());
                group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish().get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void refusesADirectoryThatHasALog() throws Exception {
        byte[] copy = lost();

        assertThatThrownBy(() -> SeededGroups.write(
                        ConsensusConfig.defaults(directory.resolve("lost")),
                        List.of(new GroupSeed("journal", AT, out -> out.write(copy)))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is not empty");
    }

    @Test
    void anAttemptThatWasInterruptedLeavesNothingThatCouldBeStarted() throws Exception {
        byte[] copy = lost();
        ConsensusConfig config = ConsensusConfig.defaults(directory.resolve("seeded"));
        GroupSeed whole = new GroupSeed("journal", AT, out -> out.write(copy));
        GroupSeed broken = new GroupSeed("other", AT, out -> {
            throw new IOException("interrupted");
        });

        assertThatThrownBy(() -> SeededGroups.write(config, List.of(whole, broken)))
                .hasMessageContaining("interrupted");
        assertThat(config.directory()).doesNotExist();
        SeededGroups.write(config, List.of(whole)).publish();

        try (Stream<Path> groups = Files.list(config.directory())) {
            assertThat(groups).containsExactly(config.directory().resolve("journal"));
        }
    }

    @Test
    void foundersThatBeginWithTheSameGoOnTogether() throws Exception {
        byte[] copy = lost();
        GroupSeed seed = new GroupSeed("journal", AT, out -> out.write(copy));
        try (Peers<JournalState> peers = new Peers<>(directory.resolve("together"), 3, JournalState::new)
                .withElectionTimeout(ELECTION_TIMEOUT)) {
            for (int node = 1; node <= 3; node++) {
                peers.seed(node, 2, seed);
            }
            peers.startAll();
            peers.stand(1);
            submitted(peers, "new");
            for (int life = 0; life < 2; life++) {
                for (int node = 1; node <= 3; node++) {
                    JournalState state = peers.state(node);
                    Eventually.holds(() -> state.texts().equals(List.of("a", "b", "new")));
                    assertThat(peers.membership(node).self().incarnation()).isEqualTo(2);
                    assertThat(peers.group(node).applied().index()).isGreaterThan(AT.index());
                }
                peers.stopAll();
                peers.startAll();
                peers.stand(1);
            }
        }
    }

    /** A later state, and a later term: as one of them it would lead, and take what the others acknowledged away. */
    @Test
    void aFounderThatBeganWithSomethingElseIsNotLetIn() throws Exception {
        byte[] copy = lost();
        GroupSeed seed = new GroupSeed("journal", AT, out -> out.write(copy));
        GroupSeed stray = new GroupSeed("journal", LATER, out -> out.write(copy));
        try (Peers<JournalState> peers =
                new Peers<>(directory.resolve("apart"), 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT)) {
            peers.seed(1, 2, seed);
            peers.seed(2, 2, seed);
            peers.seed(3, 3, stray);
            peers.startAll();
            peers.stand(1);

            List<String> texts = new ArrayList<>(List.of("a", "b"));
            for (int i = 0; i < 20; i++) {
                texts.add("new " + i);
                submitted(peers, texts.getLast());
            }
            int leader = peers.leader();
            peers.stop(leader);
            peers.start(leader);
            submitted(peers, "last");
            texts.add("last");

            for (int node = 1; node <= 2; node++) {
                JournalState state = peers.state(node);
                Eventually.holds(() -> state.texts().equals(texts));
                assertThat(peers.group(node).applied().term()).isLessThan(LATER.term());
            }
            assertThat(peers.state(3).texts()).containsExactly("a", "b");
            assertThat(peers.group(3).leadership()).isNotInstanceOf(Leadership.Leading.class);
        }
    }

    @Test
    void aFounderThatWasNotSeededComesBackAsANewReplica() throws Exception {
        byte[] copy = lost();
        GroupSeed seed = new GroupSeed("journal", AT, out -> out.write(copy));
        try (Peers<JournalState> peers =
                new Peers<>(directory.resolve("late"), 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT)) {
            peers.seed(1, 2, seed);
            peers.seed(2, 2, seed);
            peers.start(1);
            peers.start(2);
            peers.stand(1);
            submitted(peers, "new");

            peers.startEmpty(3);

            JournalState state = peers.state(3);
            Eventually.holds(() -> state.texts().equals(List.of("a", "b", "new")));
            assertThat(peers.membership(3).self().incarnation()).isGreaterThan(2);
        }
    }

    /** At whoever leads, however often that changes on a busy machine. */
    private static void submitted(Peers<JournalState> peers, String text) {
        Eventually.holds(() -> {
            Submission submission =
                    peers.group(peers.leader()).submit(JournalState.entry(text)).join();
            if (submission instanceof Submission.Unknown(String message)) {
                throw new AssertionError("The leader changed under entry " + text + ": " + message);
            }
            return submission instanceof Submission.Applied;
        });
    }

    @Test
    void refusesToGoOnWhereNoLogCanBe() {
        assertThatThrownBy(() -> new GroupSeed("journal", LogPosition.NONE, out -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
