package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.file.Trees;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.raftlog.LogProtoUtils;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader sends entries again, or a snapshot, while the follower's log writer is held up. */
class IncomingEntriesTest {
    private static final String WRITER_STARTS = "SegmentedRaftLogWorker.runWorker";
    private static final String MESSAGE_TAKEN = "RaftServerImpl.appendEntries.logComplete";
    private static final int TERM = 1;
    private static final int MANY = 1500;
    private static final LogPosition SNAPSHOT = new LogPosition(TERM, 10);
    /** Nobody stands for election, and whoever waits for the writer waits as long as it takes. */
    private static final Duration QUIET = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private final CountDownLatch mayWrite = new CountDownLatch(1);
    private final AtomicInteger taken = new AtomicInteger();
    private Peers<JournalState> peers;
    private SendingLeader leader;

    @BeforeEach
    void hold() throws Exception {
        CodeInjectionForTesting.put(WRITER_STARTS, (local, remote, arguments) -> HeldAnswers.awaited(mayWrite));
        CodeInjectionForTesting.put(MESSAGE_TAKEN, (local, remote, arguments) -> taken.incrementAndGet() > 0);
        peers = new Peers<>(directory, 3, JournalState::new);
        leader = new SendingLeader(peers.founders(), 2, TERM);
    }

    /** The follower, whose log writer is held up. */
    private void start(Duration electionTimeout) {
        peers.with(config -> config.withElectionTimeout(electionTimeout)).start(1);
    }

    /** The same with room for no more than twenty-four entries. */
    private void startWithLittleRoom(Duration electionTimeout) {
        peers.with(config -> new ConsensusConfig(
                        config.directory(),
                        config.limits(),
                        config.groupLimits(),
                        4,
                        config.inFlightBytes(),
                        electionTimeout,
                        config.openTimeout(),
                        config.reopenAfter(),
                        config.reopenAtMost(),
                        config.minFreeBytes(),
                        config.cluster()))
                .start(1);
    }

    @AfterEach
    void stop() {
        mayWrite.countDown();
        leader.close();
        peers.close();
        CodeInjectionForTesting.remove(WRITER_STARTS);
        CodeInjectionForTesting.remove(MESSAGE_TAKEN);
    }

    @Test
    void acknowledgesNoMoreThanItHoldsOfALongerMessageWithTheSameBeginning() throws Exception {
        // Given entries 0 to 2, and 3 to 5 behind them, that wait to be written
        start(QUIET);
        SendingLeader.Entries first = leader.connects();
        var _ = first.sends(0, 2);
        var _ = first.sends(3, 5);
        Eventually.holds(() -> taken.get() == 2);

        // When the leader, on a new connection, sends all from 3 on
        CompletableFuture<AppendEntriesReplyProto> answer = leader.connects().sends(3, 10);
        Eventually.holds(() -> taken.get() == 3);
        mayWrite.countDown();

        // Then what is acknowledged is in the log
        AppendEntriesReplyProto acknowledged = answer.get(60, TimeUnit.SECONDS);
        assertThat(acknowledged.getResult()).isEqualTo(AppendResult.SUCCESS);
        assertThat(acknowledged.getMatchIndex()).isEqualTo(10);
        assertThat(synced()).isEqualTo(10);
    }

    @Test
    void acknowledgesEntriesThatAreSentAgainOnlyWhenTheyAreFsynced() throws Exception {
        // Given entries that wait to be written
        start(QUIET);
        var _ = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);

        // When the leader sends them again
        CompletableFuture<AppendEntriesReplyProto> answer = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 2);

        // Then it gets no answer before they are
        assertThatThrownBy(() -> answer.get(500, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        mayWrite.countDown();
        assertThat(answer.get(60, TimeUnit.SECONDS).getMatchIndex()).isEqualTo(2);
        assertThat(synced()).isEqualTo(2);
    }

    @Test
    void acknowledgesNothingBehindEntriesThatCouldNotBeWritten() throws Exception {
        // Given entries that wait to be written
        start(QUIET);
        var _ = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);
        CompletableFuture<AppendEntriesReplyProto> answer = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 2);

        // When the log says that it fails
        running().machine().incoming().logFailed(new IOException("The disk is gone"));
        mayWrite.countDown();

        // Then they are not acknowledged, though they are in memory
        assertThat(answer).failsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void refusesWhatWouldWaitForLongBehindAMessageThatIsNotTaken() throws Exception {
        // Given a message that waits inside the library
        CountDownLatch mayTake = new CountDownLatch(1);
        CodeInjectionForTesting.put(MESSAGE_TAKEN, (local, remote, arguments) -> {
            taken.incrementAndGet();
            return HeldAnswers.awaited(mayTake);
        });
        start(Duration.ofSeconds(1));
        var _ = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);

        // When the leader connects anew, and sends it again
        CompletableFuture<AppendEntriesReplyProto> answer = leader.connects().sends(0, 2);

        // Then that is not kept
        assertThat(answer).failsWithin(60, TimeUnit.SECONDS);
        mayTake.countDown();
    }

    /** The library counts entries up to where others were fsynced as written before they are. */
    @Test
    void acknowledgesEntriesInThePlaceOfOthersOnlyWhenTheyAreFsynced() throws Exception {
        // Given entries that are fsynced
        start(QUIET);
        mayWrite.countDown();
        assertThat(leader.connects().sends(0, MANY)).succeedsWithin(60, TimeUnit.SECONDS);
        Eventually.holds(() -> synced() == MANY);

        // When the next leader has others in their place, which are fsynced many at a time
        Queue<String> early = new ConcurrentLinkedQueue<>();
        AtomicLong acknowledged = new AtomicLong(-1);
        try (SendingLeader next = new SendingLeader(peers.founders(), 3, TERM + 1)) {
            SendingLeader.Entries entries = next.connects(answer -> {
                long fsynced = synced();
                if (answer.getMatchIndex() > fsynced) {
                    early.add(answer.getMatchIndex() + " before " + fsynced);
                }
                acknowledged.accumulateAndGet(answer.getMatchIndex(), Math::max);
            });
            for (int index = 0; index <= MANY; index++) {
                var _ = entries.sends(index, index);
            }
            Eventually.holds(() -> acknowledged.get() == MANY);
        }

        // Then none was acknowledged before
        assertThat(early).isEmpty();
        assertThat(synced()).isEqualTo(MANY);
    }

    @Test
    void refusesWhatItHasNoRoomForWhileTheDiskTakesNothing() throws Exception {
        // Given entries that wait to be written, as many as there may be
        startWithLittleRoom(Duration.ofSeconds(1));
        SendingLeader.Entries entries = leader.connects();
        sends(entries, 8);
        Eventually.holds(() -> taken.get() == 8);

        // When more come, then they are refused
        assertThat(entries.sends(24, 26)).failsWithin(60, TimeUnit.SECONDS);

        // When the disk works again, then all are taken, however many, since nothing else waits
        mayWrite.countDown();
        Eventually.holds(() -> synced() == 23);
        assertThat(leader.connects().sends(0, 59).get(60, TimeUnit.SECONDS).getMatchIndex())
                .isEqualTo(59);
    }

    /** Ratis' own queue makes whoever waits for room in it hold what its log writer needs to close a failed log. */
    @Test
    void isOpenedAgainThoughItsLogFailsWhileMoreComesThanItHasRoomFor() throws Exception {
        // Given a log that cannot be begun, in front of more entries than there is room for
        startWithLittleRoom(Duration.ofSeconds(5));
        Files.createFile(new GroupFiles(peers.directoryOf(1), Peers.GROUP).log().resolve("log_inprogress_0"));
        RunningGroup failing = running();
        sends(leader.connects(), 12);
        Eventually.holds(() -> taken.get() == 8);

        // When that is found
        mayWrite.countDown();

        // Then the group is opened again, and takes what comes
        Eventually.holds(() -> {
            RunningGroup now = ((RatisGroup) peers.group(1)).running();
            return now != null
                    && !now.equals(failing)
                    && peers.group(1).failure().isEmpty();
        });
        assertThat(leader.connects().sends(0, 2).get(60, TimeUnit.SECONDS).getMatchIndex())
                .isEqualTo(2);
    }

    private static void sends(SendingLeader.Entries entries, int messages) {
        for (int i = 0; i < messages; i++) {
            var _ = entries.sends(3L * i, 3L * i + 2);
        }
    }

    @Test
    void acknowledgesNothingSoonerForASnapshotThatInstallsNothing() throws Exception {
        // Given entries that wait to be written
        start(QUIET);
        var _ = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);

        // When a former leader sends the end of a snapshot, and the present one sends them again
        try (SendingLeader former = new SendingLeader(peers.founders(), 3, TERM - 1)) {
            CompletableFuture<InstallSnapshotReplyProto> refused =
                    former.installs(new LogPosition(TERM - 1, 10), journal(11));
            var _ = isAnswered(refused);
            CompletableFuture<AppendEntriesReplyProto> answer =
                    leader.connects().sends(0, 2);

            // Then it gets no answer before they are fsynced
            assertThat(isAnswered(answer)).isFalse();
            mayWrite.countDown();
            assertThat(answer.get(60, TimeUnit.SECONDS).getMatchIndex()).isEqualTo(2);
            assertThat(synced()).isEqualTo(2);
            assertThat(refused.get(60, TimeUnit.SECONDS).getResult()).isEqualTo(InstallSnapshotResult.NOT_LEADER);
        }
    }

    @Test
    void keepsItsConfigurationBesideAnOlderOneThatComesWithASnapshotThatInstallsNothing() throws Exception {
        // Given a follower that has applied a change of the members
        start(QUIET);
        mayWrite.countDown();
        LogEntryProto now =
                SendingLeader.members(new LogPosition(TERM, 3), peers.founders().subList(0, 2));
        SendingLeader.Entries entries = leader.connects();
        assertThat(entries.sends(0, 2)).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(entries.sends(now)).succeedsWithin(60, TimeUnit.SECONDS);
        Eventually.holds(() -> kept().equals(now));

        // When a former leader's message comes late
        LogEntryProto before = SendingLeader.members(new LogPosition(TERM - 1, 1), peers.founders());
        try (SendingLeader former = new SendingLeader(peers.founders(), 3, TERM - 1)) {
            assertThat(result(former.installs(new LogPosition(TERM - 1, 10), journal(11), before)))
                    .isEqualTo(InstallSnapshotResult.NOT_LEADER);
        }

        // Then what it says of the members counts for nothing
        assertThat(peers.division(1).getRaftConf()).isEqualTo(LogProtoUtils.toRaftConfiguration(now));
        assertThat(kept()).isEqualTo(now);

        // When one comes of a snapshot that ends among what is committed
        assertThat(result(leader.installs(new LogPosition(TERM, 2), journal(3), before)))
                .isEqualTo(InstallSnapshotResult.ALREADY_INSTALLED);

        // Then it does not, either
        assertThat(peers.division(1).getRaftConf()).isEqualTo(LogProtoUtils.toRaftConfiguration(now));
        assertThat(kept()).isEqualTo(now);
    }

    /** A process that ended between the two has the snapshot without the configuration: nothing else brings that. */
    @Test
    void takesUpANewerConfigurationWithASnapshotThatItHas() throws Exception {
        start(QUIET);
        mayWrite.countDown();
        assertThat(leader.installs(SNAPSHOT, journal(11))).succeedsWithin(60, TimeUnit.SECONDS);
        LogEntryProto members =
                SendingLeader.members(new LogPosition(TERM, 3), peers.founders().subList(0, 2));

        assertThat(result(leader.installs(SNAPSHOT, journal(11), members)))
                .isEqualTo(InstallSnapshotResult.ALREADY_INSTALLED);

        assertThat(peers.division(1).getRaftConf()).isEqualTo(LogProtoUtils.toRaftConfiguration(members));
        assertThat(kept()).isEqualTo(members);
    }

    /** Once it is installed nothing else brings its configuration: the log that had it may be purged. */
    @Test
    void installsASnapshotOnlyWhenItsConfigurationIsOnTheDisk() throws Exception {
        // Given a disk that takes no configuration
        start(QUIET);
        mayWrite.countDown();
        Path library = obstacle(".tmp");
        Path own = obstacle(".unfinished");
        LogEntryProto members =
                SendingLeader.members(new LogPosition(TERM, 3), peers.founders().subList(0, 2));

        // Then no snapshot is installed
        assertThat(leader.installs(SNAPSHOT, journal(11), members)).failsWithin(60, TimeUnit.SECONDS);
        assertThat(peers.state(1).texts()).isEmpty();
        assertThat(arriving()).isEmpty();

        // When it takes one, then it has the configuration before the snapshot
        Trees.delete(own);
        assertThat(result(leader.installs(SNAPSHOT, journal(11), members))).isEqualTo(InstallSnapshotResult.SUCCESS);
        assertThat(kept()).isEqualTo(members);
        Eventually.holds(() -> peers.state(1).texts().size() == 11);
        assertThat(library).exists();
    }

    /** In the place of a file that is written before it becomes the configuration's. */
    private Path obstacle(String suffix) throws IOException {
        Path obstacle =
                new GroupFiles(peers.directoryOf(1), Peers.GROUP).log().resolve(GroupFiles.CONFIGURATION_FILE + suffix);
        Files.createDirectories(obstacle.resolve("taken"));
        return obstacle;
    }

    @Test
    void answersOnTheSameStreamBehindASnapshotThatCameOverUnwrittenEntries() throws Exception {
        // Given entries that wait to be written
        start(QUIET);
        SendingLeader.Entries entries = leader.connects();
        CompletableFuture<AppendEntriesReplyProto> first = entries.sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);

        // When a snapshot comes, and then the disk works again
        CompletableFuture<InstallSnapshotReplyProto> installed = leader.installs(SNAPSHOT, journal(11));
        var _ = isAnswered(installed);
        mayWrite.countDown();
        assertThat(installed.get(60, TimeUnit.SECONDS).getResult()).isEqualTo(InstallSnapshotResult.SUCCESS);

        // Then what was sent before it and what is sent behind it is answered, and nothing else is waited for
        assertThat(first.get(60, TimeUnit.SECONDS).getMatchIndex()).isEqualTo(2);
        AppendEntriesReplyProto behind = entries.sends(11, 12).get(60, TimeUnit.SECONDS);
        assertThat(behind.getResult()).isEqualTo(AppendResult.SUCCESS);
        assertThat(behind.getMatchIndex()).isEqualTo(12);
        assertThat(synced()).isEqualTo(12);
        Eventually.holds(() -> info().getRoleInfoProto().getFollowerInfo().getOutstandingOp() == 0);
    }

    @Test
    void aSnapshotBehindASlowDiskIsRefusedInTimeAndTakenLaterAndNoElectionIsMissed() throws Exception {
        // Given entries that wait to be written
        start(Duration.ofSeconds(1));
        CompletableFuture<AppendEntriesReplyProto> first = leader.connects().sends(0, 2);
        Eventually.holds(() -> taken.get() == 1);

        // When a snapshot comes and the disk does not work again in time, then it fails
        assertThat(leader.installs(SNAPSHOT, journal(11))).failsWithin(60, TimeUnit.SECONDS);
        assertThat(first).isNotDone();

        // When it comes once more, behind a disk that works
        mayWrite.countDown();
        assertThat(first.get(60, TimeUnit.SECONDS).getMatchIndex()).isEqualTo(2);
        assertThat(leader.installs(SNAPSHOT, journal(11))
                        .get(60, TimeUnit.SECONDS)
                        .getResult())
                .isEqualTo(InstallSnapshotResult.SUCCESS);

        // Then this peer stands for election where it hears of nobody any more
        Eventually.holds(() -> peers.state(1).texts().size() == 11);
        Eventually.holds(() -> info().isCandidate());
    }

    @Test
    void keepsOneSnapshotThatArrivesInPartAndThatOneWhole() throws Exception {
        // Given several whose streams end after their beginning
        start(QUIET);
        mayWrite.countDown();
        for (int i = 0; i < 3; i++) {
            assertThat(result(leader.halves(SNAPSHOT, journal(11)).begins())).isEqualTo(InstallSnapshotResult.SUCCESS);
        }

        // When the next one begins
        SendingLeader.Halves next = leader.halves(SNAPSHOT, journal(11));
        assertThat(result(next.begins())).isEqualTo(InstallSnapshotResult.SUCCESS);

        // Then there is that one
        List<Path> arriving = arriving();
        assertThat(arriving).hasSize(1);

        // When a former leader's is refused
        try (SendingLeader former = new SendingLeader(peers.founders(), 3, TERM - 1)) {
            assertThat(result(former.halves(new LogPosition(TERM - 1, 10), journal(11))
                            .begins()))
                    .isEqualTo(InstallSnapshotResult.NOT_LEADER);
        }

        // Then it stays, and is installed
        assertThat(arriving()).isEqualTo(arriving);
        assertThat(result(next.ends())).isEqualTo(InstallSnapshotResult.SUCCESS);
        assertThat(arriving()).isEmpty();
        Eventually.holds(() -> peers.state(1).texts().size() == 11);
    }

    @Test
    void keepsNothingOfASnapshotThatFails() throws Exception {
        start(QUIET);
        mayWrite.countDown();
        SendingLeader.Halves torn = leader.tornHalves(SNAPSHOT, journal(11));
        assertThat(result(torn.begins())).isEqualTo(InstallSnapshotResult.SUCCESS);

        assertThat(torn.ends()).failsWithin(60, TimeUnit.SECONDS);

        assertThat(arriving()).isEmpty();
    }

    private static InstallSnapshotResult result(CompletableFuture<InstallSnapshotReplyProto> answer) throws Exception {
        return answer.get(60, TimeUnit.SECONDS).getResult();
    }

    /** What there is of snapshots that come in parts. */
    private List<Path> arriving() throws IOException {
        Path all = new GroupFiles(peers.directoryOf(1), Peers.GROUP).arriving();
        if (!Files.exists(all)) {
            return List.of();
        }
        try (Stream<Path> each = Files.list(all)) {
            return each.toList();
        }
    }

    /** A journal of so many entries, as in a snapshot. */
    private static byte[] journal(int size) throws IOException {
        JournalState state = new JournalState();
        for (int i = 0; i < size; i++) {
            var _ = state.apply(new LogPosition(TERM, i), JournalState.entry("entry " + i));
        }
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        try (ReplicatedState.Frozen view = state.freeze()) {
            view.writeTo(snapshot);
        }
        return snapshot.toByteArray();
    }

    /** Within a time in which all is answered that does not wait for the writer. */
    private static boolean isAnswered(CompletableFuture<?> answer) throws Exception {
        try {
            return answer.get(500, TimeUnit.MILLISECONDS) != null;
        } catch (TimeoutException waits) {
            return false;
        }
    }

    /** The configuration on the disk, or one of nobody. */
    private LogEntryProto kept() {
        Path file = new GroupFiles(peers.directoryOf(1), Peers.GROUP).log().resolve(GroupFiles.CONFIGURATION_FILE);
        try {
            return Files.exists(file)
                    ? LogEntryProto.parseFrom(Files.readAllBytes(file))
                    : LogEntryProto.getDefaultInstance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private DivisionInfo info() {
        try {
            GroupMachine machine = running().machine();
            return machine.getServer().join().getDivision(machine.getGroupId()).getInfo();
        } catch (IOException ended) {
            throw new UncheckedIOException(ended);
        }
    }

    private long synced() {
        return running().syncedUpTo();
    }

    private RunningGroup running() {
        return Optional.ofNullable(((RatisGroup) peers.group(1)).running()).orElseThrow();
    }
}
