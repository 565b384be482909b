package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a file system of its own, small enough to be filled. */
class DiskFullTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path scratch;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(scratch.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.toString());
        assumeTrue(mounted, "mounting a file system is not permitted");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private ConsensusConfig config() {
        return new ConsensusConfig(
                disk.resolve("consensus"),
                new ConsensusConfig.Limits(2 * MIB, MIB),
                Map.of(),
                64,
                8 * MIB,
                Duration.ofMillis(100),
                Duration.ofSeconds(60),
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                8L * MIB);
    }

    @Test
    void refusesRetriablyAndResumesUnaidedWhenThereIsRoom() throws Exception {
        JournalState state = new JournalState();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", state);
            // Given a disk that is nearly full
            Path ballast = Files.write(disk.resolve("ballast"), new byte[38 * MIB]);
            // When entries are submitted until it is full
            List<String> acknowledged = new ArrayList<>();
            Submission last = fill(group, acknowledged);
            // Then the next are refused, retriably
            assertThat(last)
                    .isInstanceOfSatisfying(
                            Submission.NotAccepted.class,
                            it -> assertThat(it.code()).isEqualTo(FailureCode.STORAGE_FULL));
            assertThat(group.failure()).isPresent().isEqualTo(consensus.failure());

            // When there is room again
            Files.delete(ballast);
            // Then it works again by itself, with all that was acknowledged
            Eventually.holds(() -> group.failure().isEmpty() && group.leadership() instanceof Leadership.Leading);
            assertThat(consensus.failure()).isEmpty();
            assertThat(state.texts()).containsAll(acknowledged);
            assertThat(group.submit(JournalState.entry("after")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
        }
        JournalState replayed = new JournalState();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            consensus.open("journal", replayed);
        }
        assertThat(replayed.texts()).isEqualTo(state.texts());
    }

    @Test
    void opensAGroupAgainWhoseDiskIsFullOfSnapshotsThatArrivedInPart() throws Exception {
        JournalState state = new JournalState();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            // Given a group with parts of snapshots of which nothing more comes
            ConsensusGroup group = consensus.open("journal", state);
            Path parts = new GroupFiles(config().directory(), "journal").arriving();
            for (String attempt : List.of("snapshot-1", "snapshot-2")) {
                Files.write(
                        Files.createDirectories(parts.resolve(attempt)).resolve("snapshot.1_10"), new byte[19 * MIB]);
            }

            // When the rest of the disk is filled
            while (group.submit(JournalState.entry("x".repeat(MIB / 2))).get(60, TimeUnit.SECONDS)
                    instanceof Submission.Applied) {
                assertThat(state.texts()).hasSizeLessThan(100);
            }

            // Then the group works again by itself
            Eventually.holds(() -> group.failure().isEmpty() && group.leadership() instanceof Leadership.Leading);
            assertThat(group.submit(JournalState.entry("after")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
        }
    }

    private static Submission fill(ConsensusGroup group, List<String> acknowledged) throws Exception {
        Submission last = null;
        for (int i = 0; i < 100; i++) {
            String text = i + "-" + "x".repeat(MIB / 2);
            CompletableFuture<Submission> future = group.submit(JournalState.entry(text));
            last = future.get(60, TimeUnit.SECONDS);
            if (last instanceof Submission.Applied) {
                acknowledged.add(text);
            } else if (last instanceof Submission.NotAccepted) {
                return last;
            }
        }
        throw new AssertionError("The disk did not become full: " + last);
    }
}
