package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamageTest {
    private static final String GROUP = "journal";

    @TempDir
    private Path directory;

    /** Entries of 1000 bytes, each fsynced before the next is submitted, in several segments; then an orderly end. */
    private List<Path> written(int entries) throws Exception {
        try (RatisConsensus consensus = consensus()) {
            ConsensusGroup group = consensus.open(GROUP, new JournalState());
            for (int i = 0; i < entries; i++) {
                assertThat(group.submit(JournalState.entry(text(i))).get(60, TimeUnit.SECONDS))
                        .isInstanceOf(Submission.Applied.class);
            }
        }
        return segments();
    }

    private static String text(int i) {
        return i + "-".repeat(1000);
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_"))
                    .sorted()
                    .toList();
        }
    }

    private RatisConsensus consensus() {
        return new RatisConsensus(
                ConsensusConfig.defaults(directory).withLimits(GROUP, new ConsensusConfig.Limits(1 << 16, 1 << 16)),
                new SimpleMeterRegistry());
    }

    private List<String> recovered() {
        JournalState state = new JournalState();
        try (RatisConsensus consensus = consensus()) {
            consensus.open(GROUP, state);
            return state.texts();
        }
    }

    private void assertRefused(Path file) {
        assertRefused(file, "");
    }

    private void assertRefused(Path file, String advice) {
        try (RatisConsensus consensus = consensus()) {
            assertThatThrownBy(() -> consensus.open(GROUP, new JournalState()))
                    .isInstanceOfSatisfying(
                            ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining(advice);
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) offset] ^= 4;
        Files.write(file, bytes);
    }

    private Path open() throws IOException {
        return segments().stream()
                .filter(file -> file.toString().contains("inprogress"))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> texts(int entries) {
        return IntStream.range(0, entries).mapToObj(DamageTest::text).toList();
    }

    /** As a process leaves them that is killed between the leader's snapshot and the purge of the log before it. */
    @Test
    void goesOnBehindASnapshotThatTookThePlaceOfAnOpenLog() throws Exception {
        // Given a short log, and the snapshot of a longer one in the place of its own
        written(3);
        Path snapshots = new GroupFiles(directory, GROUP).log().resolveSibling("sm");
        Path longer = Files.createDirectory(directory.resolve("longer"));
        ConsensusConfig other = ConsensusConfig.defaults(longer);
        try (RatisConsensus consensus = new RatisConsensus(other, new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open(GROUP, new JournalState());
            for (int i = 0; i < 10; i++) {
                assertThat(group.submit(JournalState.entry(text(i))).get(60, TimeUnit.SECONDS))
                        .isInstanceOf(Submission.Applied.class);
            }
            assertThat(group.prepareSnapshot().thenCompose(ConsensusGroup.PreparedSnapshot::publish))
                    .succeedsWithin(60, TimeUnit.SECONDS);
        }
        GroupFiles.deleteTree(snapshots);
        Files.move(new GroupFiles(longer, GROUP).log().resolveSibling("sm"), snapshots);

        // When the group is opened
        JournalState state = new JournalState();
        try (RatisConsensus consensus = consensus()) {
            ConsensusGroup group = consensus.open(GROUP, state);

            // Then it takes entries behind the snapshot
            assertThat(group.submit(JournalState.entry(text(10))).get(60, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
        }
        assertThat(state.texts()).isEqualTo(texts(11));
    }

    @Test
    void cutsOffATornEnd() throws Exception {
        writtenAndTorn();
        assertThat(recovered()).isEqualTo(texts(9));
    }

    private void writtenAndTorn() throws Exception {
        written(10);
        Path open = open();
        byte[] bytes = Files.readAllBytes(open);
        Files.write(open, Arrays.copyOf(bytes, bytes.length - 300));
    }

    @Test
    void cutsOffATornEndInsideAFileThatWasGrown() throws Exception {
        written(10);
        Path open = open();
        byte[] bytes = Files.readAllBytes(open);
        Arrays.fill(bytes, bytes.length - 300, bytes.length, (byte) 0);
        Files.write(open, Arrays.copyOf(bytes, 1 << 16));

        assertThat(recovered()).isEqualTo(texts(9));
    }

    @Test
    void goesOnBehindACutOffEnd() throws Exception {
        writtenAndTorn();
        try (RatisConsensus consensus = consensus()) {
            ConsensusGroup group = consensus.open(GROUP, new JournalState());
            group.submit(JournalState.entry("next")).get(60, TimeUnit.SECONDS);
        }
        assertThat(recovered()).hasSize(10).endsWith("next");
    }

    @Test
    void refusesABitFlipInTheOpenSegment() throws Exception {
        written(10);
        Path open = open();
        flip(open, 3000);
        assertRefused(open);
    }

    @Test
    void refusesABitFlipInAClosedSegment() throws Exception {
        List<Path> files = written(200);
        assertThat(files).hasSizeGreaterThan(2);
        Path closed = files.stream()
                .filter(file -> !file.toString().contains("inprogress"))
                .findFirst()
                .orElseThrow();
        flip(closed, Files.size(closed) - 100);
        assertRefused(closed);
    }

    @Test
    void refusesAMissingSegment() throws Exception {
        List<Path> files = written(200);
        Path second = files.stream()
                .filter(file -> !file.getFileName().toString().startsWith("log_0-"))
                .findFirst()
                .orElseThrow();
        Files.delete(second);
        try (RatisConsensus consensus = consensus()) {
            assertThatThrownBy(() -> consensus.open(GROUP, new JournalState()))
                    .isInstanceOfSatisfying(
                            ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT));
        }
    }

    @Test
    void refusesALogWithoutItsTerm() throws Exception {
        Path meta = written(1).getFirst().resolveSibling("raft-meta");
        Files.delete(meta);
        assertRefused(meta);
    }

    @Test
    void startsWhenPowerWasLostDuringTheFirstStart() throws Exception {
        Path log = written(0).getFirst();
        Files.delete(log.resolve("../../sm").normalize());
        Files.delete(log);
        assertThat(recovered()).isEmpty();
    }

    @Test
    void refusesADamagedSnapshot() throws Exception {
        Path snapshot = snapshotted();
        flip(snapshot, Files.size(snapshot) / 2);
        assertRefused(snapshot);
    }

    @Test
    void refusesASnapshotWithoutChecksum() throws Exception {
        Path snapshot = snapshotted();
        Files.delete(snapshot.resolveSibling(snapshot.getFileName() + ".md5"));
        assertRefused(snapshot);
    }

    @Test
    void aDamagedSnapshotIsNotNeededWhileTheLogIsWhole() throws Exception {
        Path snapshot = snapshotted();
        flip(snapshot, Files.size(snapshot) / 2);
        assertRefused(snapshot, "move this file and its .md5 out of the directory");

        Files.delete(snapshot);
        Files.delete(snapshot.resolveSibling(snapshot.getFileName() + ".md5"));

        assertThat(recovered()).containsExactly("a");
    }

    @Test
    void saysThatADamagedSnapshotIsNeededOnceTheLogWasPurged() throws Exception {
        written(200);
        Path snapshot = snapshotted();
        flip(snapshot, Files.size(snapshot) / 2);

        assertRefused(snapshot, "restore the group's directory from a copy");
    }

    private Path snapshotted() throws Exception {
        try (RatisConsensus consensus = consensus()) {
            ConsensusGroup group = consensus.open(GROUP, new JournalState());
            group.submit(JournalState.entry("a")).get(60, TimeUnit.SECONDS);
            group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish().get(10, TimeUnit.SECONDS);
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void deletesPurgedSegmentsThatCameBack() throws Exception {
        List<Path> files = written(200);
        Path first = files.stream()
                .filter(file -> file.getFileName().toString().startsWith("log_0-"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(first);
        try (RatisConsensus consensus = consensus()) {
            ConsensusGroup group = consensus.open(GROUP, new JournalState());
            group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish().get(10, TimeUnit.SECONDS);
        }
        Files.write(first, bytes);

        assertThat(recovered()).isEqualTo(texts(200));
        assertThat(first).doesNotExist();
    }

    @Test
    void salvagesWhatStandsInFrontOfTheDamage() throws Exception {
        written(10);
        Path open = open();
        flip(open, 3000);
        try (RatisConsensus consensus = consensus()) {
            var report = consensus.salvage(GROUP);
            assertThat(report.kept()).hasSize(1);
        }
        assertThat(recovered()).isNotEmpty().isEqualTo(texts(recovered().size()));
    }

    @Test
    void refusesADirectoryThatIsInUse() throws Exception {
        try (RatisConsensus first = consensus()) {
            assertThatThrownBy(this::consensus).hasMessageContaining("in use");
            assertThat(first.open(GROUP, new JournalState()).failure()).isEmpty();
        }
    }
}
