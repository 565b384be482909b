package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.consensus.log.LogCheck;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.file.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFilesTest {
    private static final String UNPUBLISHED = ".unpublished";

    @TempDir
    private Path directory;

    private List<Path> unpublished() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(UNPUBLISHED))
                    .toList();
        }
    }

    @Test
    void leavesNoFileOfASnapshotThatCannotBePublished() throws Exception {
        try (RatisConsensus consensus =
                new RatisConsensus(ConsensusConfig.defaults(directory), new SimpleMeterRegistry())) {
            // Given a finished snapshot whose name is taken by what no file can replace
            ConsensusGroup group = consensus.open("journal", new JournalState());
            group.submit(JournalState.entry("a")).get(60, TimeUnit.SECONDS);
            ConsensusGroup.PreparedSnapshot prepared = group.prepareSnapshot().get(60, TimeUnit.SECONDS);
            Path file = unpublished().getFirst();
            String name = file.getFileName().toString();
            Path taken =
                    Files.createDirectory(file.resolveSibling(name.substring(0, name.length() - UNPUBLISHED.length())));

            // When
            assertThat(prepared.publish()).failsWithin(60, TimeUnit.SECONDS);

            // Then
            assertThat(unpublished()).isEmpty();

            // And the next one can be published
            Files.delete(taken);
            group.submit(JournalState.entry("b")).get(60, TimeUnit.SECONDS);
            assertThat(group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish())
                    .succeedsWithin(60, TimeUnit.SECONDS);
            assertThat(unpublished()).isEmpty();
        }
    }

    @Test
    void aSnapshotForWhichNoThreadCanBeMadeFailsAndTheNextIsTaken() throws Exception {
        try (RatisConsensus consensus =
                new RatisConsensus(ConsensusConfig.defaults(directory), new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", new JournalState());
            group.submit(JournalState.entry("a")).get(60, TimeUnit.SECONDS);
            RunningGroup running =
                    Optional.ofNullable(((RatisGroup) group).running()).orElseThrow();
            Deque<Error> failures = new ArrayDeque<>();
            GroupSnapshots snapshots = new GroupSnapshots(
                    "journal", new GroupFiles(directory, "journal"), () -> running, () -> {}, work -> {
                        if (!failures.isEmpty()) {
                            throw failures.remove();
                        }
                        work.run();
                    });

            // When there is no thread to write it, or to copy the state
            failures.add(new OutOfMemoryError("unable to create native thread: asked for by the test"));
            assertThat(snapshots.prepare()).failsWithin(60, TimeUnit.SECONDS);
            failures.add(new OutOfMemoryError("unable to create native thread: asked for by the test"));
            assertThat(snapshots.copy(OutputStream.nullOutputStream())).failsWithin(60, TimeUnit.SECONDS);

            // Or to publish it
            ConsensusGroup.PreparedSnapshot prepared = snapshots.prepare().get(60, TimeUnit.SECONDS);
            failures.add(new OutOfMemoryError("unable to create native thread: asked for by the test"));
            assertThat(prepared.publish()).failsWithin(60, TimeUnit.SECONDS);
            assertThat(unpublished()).isEmpty();

            // Then the next one is published
            assertThat(snapshots.prepare().get(60, TimeUnit.SECONDS).publish()).succeedsWithin(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void purgesTheLogBehindAChangeOfTheMembersOnlyWhenThatIsOnTheDisk() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            // Given a replica that can write no configuration
            peers.with(config -> config.withLimits(Peers.GROUP, new ConsensusConfig.Limits(1 << 20, 1 << 18))
                            .withElectionTimeout(Duration.ofSeconds(2)))
                    .startAll();
            peers.stand(1);
            ConsensusGroup group = peers.group(1);
            GroupFiles files = new GroupFiles(peers.directoryOf(1), Peers.GROUP);
            Path library = obstacle(files, ".tmp");
            Path own = obstacle(files, ".unfinished");

            // When a member leaves, and the log is several files long
            PeerId leaves = peers.founders().get(2).id();
            // A new leader lets nobody go before it has heard from who stays
            Eventually.holds(() -> peers.membership(1).remove(leaves).join() instanceof MembershipChange.Done);
            for (int i = 0; i < 10; i++) {
                assertThat(group.submit(JournalState.entry(i + "-".repeat(60_000)))
                                .get(60, TimeUnit.SECONDS))
                        .isInstanceOf(Submission.Applied.class);
            }
            assertThat(files.lastPeers()).contains(leaves);

            // Then no snapshot is published, and the log stays
            assertThat(group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish())
                    .failsWithin(60, TimeUnit.SECONDS);
            assertThat(files.snapshots().latest()).isEmpty();
            assertThat(LogCheck.firstEntry(files.log())).hasValue(0);

            // When it can write again, then it does so first
            Trees.delete(own);
            assertThat(group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish())
                    .succeedsWithin(60, TimeUnit.SECONDS);
            assertThat(files.lastPeers()).hasSize(2).doesNotContain(leaves);
            Eventually.holds(() -> firstEntry(files) > 0);
            assertThat(library).exists();
        }
    }

    /** The library would go by the first members of all, and a founder that began alone would elect itself. */
    @Test
    void startsWithNoOtherMembersThanItHad() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            peers.startAll();
            peers.lead(1);
            peers.group(1).submit(JournalState.entry("a")).get(60, TimeUnit.SECONDS);
            assertThat(peers.group(1)
                            .prepareSnapshot()
                            .get(60, TimeUnit.SECONDS)
                            .publish())
                    .succeedsWithin(60, TimeUnit.SECONDS);
            GroupFiles files = new GroupFiles(peers.directoryOf(1), Peers.GROUP);
            Path members = files.log().resolve(GroupFiles.CONFIGURATION_FILE);
            peers.stop(1);
            byte[] whole = Files.readAllBytes(members);

            // What cannot be read now is as it was
            Files.delete(members);
            Files.createDirectory(members);
            assertThat(refusalOf(peers)).isEqualTo(FailureCode.INTERNAL);
            assertThat(NodeConsensus.isQuarantined(peers.directoryOf(1))).isFalse();
            Files.delete(members);
            Files.write(members, whole);
            peers.start(1);
            Eventually.holds(() -> peers.state(1).texts().contains("a"));
            peers.stop(1);

            // What is empty, or torn, is damage
            Files.write(members, new byte[0]);
            assertThatThrownBy(files::requireConfiguration)
                    .isInstanceOfSatisfying(
                            ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT));
            Files.write(members, Arrays.copyOf(whole, whole.length - 1));
            assertThat(refusalOf(peers)).isEqualTo(FailureCode.CORRUPT);
            assertThat(NodeConsensus.isQuarantined(peers.directoryOf(1))).isTrue();
        }
    }

    private static FailureCode refusalOf(Peers<JournalState> peers) {
        RatisConsensus consensus = peers.startConsensus(1);
        try {
            consensus.open(Peers.GROUP, new JournalState());
            throw new AssertionError("It was opened");
        } catch (ServiceException refusal) {
            return refusal.code();
        } finally {
            peers.stop(1);
        }
    }

    /** In the place of a file that is written before it becomes the configuration's. */
    private static Path obstacle(GroupFiles files, String suffix) throws IOException {
        Path obstacle = files.log().resolve(GroupFiles.CONFIGURATION_FILE + suffix);
        Files.createDirectories(obstacle.resolve("taken"));
        return obstacle;
    }

    private static long firstEntry(GroupFiles files) {
        try {
            return LogCheck.firstEntry(files.log()).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
