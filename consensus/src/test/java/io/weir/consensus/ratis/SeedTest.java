package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups that go on from a copy of a state whose log is lost. */
class SeedTest {
    private static final LogPosition AT = new LogPosition(1L << 20, 1L << 40);

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
        SeededGroups.write(config, List.of(new GroupSeed("journal", AT, out -> out.write(copy))));

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
    void refusesADirectoryThatHasTheGroup() throws Exception {
        byte[] copy = lost();

        assertThatThrownBy(() -> SeededGroups.write(
                        ConsensusConfig.defaults(directory.resolve("lost")),
                        List.of(new GroupSeed("journal", AT, out -> out.write(copy)))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("journal");
    }

    @Test
    void refusesToGoOnWhereNoLogCanBe() {
        assertThatThrownBy(() -> new GroupSeed("journal", LogPosition.NONE, out -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
