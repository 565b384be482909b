package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealTest {
    private static final int MIB = 1 << 20;
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(60);
    /** Where that is the matter; the first opening must be in time. */
    private static final Duration SHORT_OPEN_TIMEOUT = Duration.ofSeconds(5);
    /** Where the library's part of a group is locked, and its threads run. */
    private static final String LIBRARY_STARTS = "RaftServerImpl.startComplete";

    @TempDir
    private Path directory;

    private ConsensusConfig config() {
        return reopening(Duration.ofMillis(50), OPEN_TIMEOUT);
    }

    private ConsensusConfig neverHealing() {
        return reopening(Duration.ofDays(1), OPEN_TIMEOUT);
    }

    private ConsensusConfig reopening(Duration after, Duration openTimeout) {
        return new ConsensusConfig(
                directory,
                new ConsensusConfig.Limits(MIB, MIB),
                Map.of(),
                64,
                8 * MIB,
                Duration.ofMillis(100),
                openTimeout,
                after,
                after.multipliedBy(4),
                0);
    }

    /** A journal whose replay can be held up, or ends with an error for once. */
    private static final class HeldUp implements ReplicatedState {
        private final JournalState journal = new JournalState();
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile boolean waiting;
        private volatile boolean withoutThread;

        @Override
        public void reset() {
            if (withoutThread) {
                withoutThread = false;
                throw new OutOfMemoryError("unable to create native thread (asked for by the test)");
            }
            journal.reset();
        }

        @Override
        public void restore(InputStream snapshot, LogPosition position) throws IOException {
            journal.restore(snapshot, position);
        }

        @Override
        public Object apply(LogPosition position, List<ByteBuffer> entry) {
            waiting = gate.getCount() > 0;
            try {
                if (!gate.await(60, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("Held up for too long");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return journal.apply(position, entry);
        }

        @Override
        public Frozen freeze() {
            return journal.freeze();
        }
    }

    @Test
    void goesOnTryingWhenAGroupCouldNotBeOpenedAgainInTime() throws Exception {
        HeldUp state = new HeldUp();
        ConsensusConfig config = reopening(Duration.ofMillis(50), SHORT_OPEN_TIMEOUT);
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            // Given a group whose log fails, and whose replay then takes too long
            ConsensusGroup group = consensus.open("journal", state);
            assertThat(group.submit(JournalState.entry("before")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
            CountDownLatch gate = new CountDownLatch(1);
            state.gate = gate;
            ((RatisGroup) group).logFailed(new IOException("The disk is gone"));
            Eventually.holds(() -> state.waiting);
            long late = System.nanoTime() + SHORT_OPEN_TIMEOUT.toNanos() * 3 / 2;
            Eventually.holds(() -> System.nanoTime() - late > 0);

            // When the next attempt can be in time
            gate.countDown();

            // Then the group works again by itself
            Eventually.holds(() -> group.failure().isEmpty() && group.leadership() instanceof Leadership.Leading);
            assertThat(group.submit(JournalState.entry("after")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
            assertThat(state.journal.texts()).containsExactly("before", "after");
        }
    }

    @Test
    void takesNothingAnyMoreOfTheTermThatTheFailureEnded() throws Exception {
        JournalState state = new JournalState();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            // Given a term that something was decided in
            ConsensusGroup group = consensus.open("journal", state);
            long before = ((Leadership.Leading) group.leadership()).term();

            // When the log fails, and the group is led here again
            ((RatisGroup) group).logFailed(new IOException("The disk is gone"));
            Eventually.holds(() -> group.leadership() instanceof Leadership.Leading(long term) && term > before);
            long after = ((Leadership.Leading) group.leadership()).term();

            // Then
            assertThat(group.submit(JournalState.entry("too late"), before).get(30, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            Submission.NotAccepted.class,
                            it -> assertThat(it.code()).isEqualTo(FailureCode.NOT_LEADER));
            assertThat(group.submit(JournalState.entry("in time"), after).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
            assertThat(state.texts()).containsExactly("in time");
        }
    }

    @Test
    void goesOnTryingWhenAGroupCouldNotBeOpenedAgainForAnError() throws Exception {
        // Given a group whose state cannot be replayed for once, for want of a thread
        HeldUp state = new HeldUp();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", state);
            assertThat(group.submit(JournalState.entry("before")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);

            // When its log fails
            state.withoutThread = true;
            ((RatisGroup) group).logFailed(new IOException("The disk is gone"));

            // Then it works again by itself
            Eventually.holds(() -> !state.withoutThread);
            Eventually.holds(() -> group.failure().isEmpty() && group.leadership() instanceof Leadership.Leading);
            assertThat(group.submit(JournalState.entry("after")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
            assertThat(state.journal.texts()).containsExactly("before", "after");
        }
    }

    @Test
    void goesOnTryingWhenTheLibraryCouldNotStartAGroupAgain() throws Exception {
        // Given a group that the library starts, but for one thread that cannot be made
        AtomicInteger failures = new AtomicInteger();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", new JournalState());
            CodeInjectionForTesting.put(LIBRARY_STARTS, (local, remote, arguments) -> {
                if (failures.getAndIncrement() == 0) {
                    throw new OutOfMemoryError("unable to create native thread: asked for by the test");
                }
                return false;
            });

            // When its log fails
            ((RatisGroup) group).logFailed(new IOException("The disk is gone"));

            // Then it works again by itself
            Eventually.holds(() -> failures.get() > 1);
            Eventually.holds(() -> group.failure().isEmpty() && group.leadership() instanceof Leadership.Leading);
            assertThat(group.submit(JournalState.entry("after")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
        } finally {
            CodeInjectionForTesting.remove(LIBRARY_STARTS);
        }
    }

    /** Something takes all descriptors, or the disk is slow to come back: the snapshot is as sound as it was. */
    @Test
    void aSnapshotWhoseChecksumCannotBeReadIsNotDamaged() throws Exception {
        SnapshotStore store = new SnapshotStore(directory, directory);
        JournalState state = new JournalState();
        Path snapshot = store.publish(store.write(state.freeze(), new LogPosition(1, 5)))
                .getFile()
                .getPath();
        Path checksum = snapshot.resolveSibling(snapshot.getFileName() + ".md5");
        Path elsewhere = Files.move(checksum, directory.resolve("elsewhere"));
        Files.createDirectory(checksum);

        assertThatThrownBy(() -> store.restore(state))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.INTERNAL));

        Files.delete(checksum);
        assertThatThrownBy(() -> store.restore(state))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT));

        Files.move(elsewhere, checksum);
        assertThat(store.restore(state)).isEqualTo(new LogPosition(1, 5));
    }

    @Test
    void theNextProcessKnowsThatTheLogFailedInThisOne() throws Exception {
        // Given a group whose log fails, and that is closed before it is opened again
        GroupFiles files = new GroupFiles(directory, "journal");
        Path mark = files.log().resolveSibling(GroupFiles.FAILED_FILE);
        try (RatisConsensus consensus = new RatisConsensus(neverHealing(), new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", new JournalState());
            assertThat(group.submit(JournalState.entry("before")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
            assertThat(mark).doesNotExist();
            ((RatisGroup) group).logFailed(new IOException("The disk is gone"));
        }
        assertThat(mark).exists();
        Path open = files.log().resolve("log_inprogress_0");
        Files.setLastModifiedTime(open, FileTime.fromMillis(0));

        // When the next process opens it
        JournalState state = new JournalState();
        try (RatisConsensus consensus = new RatisConsensus(neverHealing(), new SimpleMeterRegistry())) {
            consensus.open("journal", state);
        }

        // Then it has written anew what it found, and the one after it need not
        assertThat(state.texts()).containsExactly("before");
        assertThat(Files.getLastModifiedTime(closed(files.log()))).isGreaterThan(FileTime.fromMillis(0));
        assertThat(mark).doesNotExist();
    }

    @Test
    void remembersThatTheLogFailedWhereTheDiskTakesNoNoteOfIt() throws Exception {
        // Given files of which the next that is written fails, since there is no directory for it
        GroupFiles files = new GroupFiles(directory, "journal");
        files.logFailed();
        assertThat(files.log()).doesNotExist();

        // When the log is there, and is checked
        Files.createDirectories(files.log());
        Path open = Files.write(files.log().resolve("log_inprogress_0"), firstSegment());
        Files.setLastModifiedTime(open, FileTime.fromMillis(0));
        files.checkLog(LogPosition.NONE, doubt -> false);

        // Then it is written anew, once
        assertThat(Files.getLastModifiedTime(open)).isGreaterThan(FileTime.fromMillis(0));
        Files.setLastModifiedTime(open, FileTime.fromMillis(0));
        files.checkLog(LogPosition.NONE, doubt -> false);
        assertThat(Files.getLastModifiedTime(open)).isEqualTo(FileTime.fromMillis(0));
    }

    @Test
    void opensAGroupAgainThatTheLibraryHasEndedWithoutAWord() throws Exception {
        JournalState state = new JournalState();
        try (RatisConsensus consensus = new RatisConsensus(config(), new SimpleMeterRegistry())) {
            // Given a group whose running part ends as it does after an error of the library's own
            ConsensusGroup group = consensus.open("journal", state);
            assertThat(group.submit(JournalState.entry("before")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
            Optional.ofNullable(((RatisGroup) group).running())
                    .orElseThrow()
                    .machine()
                    .end();

            // When somebody submits to it
            assertThat(group.submit(JournalState.entry("meanwhile")).get(30, TimeUnit.SECONDS))
                    .isNotInstanceOf(Submission.Applied.class);

            // Then it works again by itself
            Eventually.holds(() -> group.submit(JournalState.entry("after")).join() instanceof Submission.Applied);
            assertThat(state.texts()).containsExactly("before", "after");
        }
    }

    @Test
    void opensAReplicaAgainThatTheLibraryHasEndedWithoutAWord() throws Exception {
        // Given one replica of several that has nobody to talk to, and whose running part ends
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            RatisGroup group = (RatisGroup) peers.start(1);
            RunningGroup ended = Optional.ofNullable(group.running()).orElseThrow();

            // When it is ended
            ended.machine().end();

            // Then another one runs soon, and says that it does
            Eventually.holds(() -> group.running() != null
                    && !ended.equals(group.running())
                    && group.failure().isEmpty());
        }
    }

    @Test
    void waitsLongerEachTimeThatAPartEndsSoon() throws Exception {
        try (RatisConsensus consensus = new RatisConsensus(neverHealing(), new SimpleMeterRegistry())) {
            RatisGroup group = (RatisGroup) consensus.open("journal", new JournalState());
            for (int days : new int[] {1, 2, 4, 4}) {
                RunningGroup ending = Optional.ofNullable(group.running()).orElseThrow();
                assertThat(group.watch().afterEnd()).isEmpty();

                ending.machine().end();

                assertThat(group.watch().afterEnd()).contains(Duration.ofDays(days));
                assertThat(group.watch().afterEnd()).isEmpty();
                assertThat(group.failure())
                        .hasValueSatisfying(
                                it -> assertThat(it).contains("The library has ended its part in group journal"));
                consensus.heal(group, Duration.ofMillis(1));
                Eventually.holds(() -> group.leadership() instanceof Leadership.Leading);
            }
        }
    }

    /** As a group of one entry leaves it. */
    private byte[] firstSegment() throws Exception {
        Path other = directory.resolve("other");
        ConsensusConfig config = ConsensusConfig.defaults(other);
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", new JournalState());
            assertThat(group.submit(JournalState.entry("one")).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
        }
        return Files.readAllBytes(new GroupFiles(other, "journal").log().resolve("log_inprogress_0"));
    }

    private static Path closed(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return files.filter(file -> file.getFileName().toString().startsWith("log_0-"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
