package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.consensus.ratis.follow.ReplicaSide.SnapshotFile;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node without a replica makes of what replicas say, right or wrong. */
class FollowedGroupTest {
    private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(200);
    /** Where a node must not take its replica for silent. */
    private static final Duration LONG_ELECTION_TIMEOUT = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    /** Of the nodes that follow from now on. */
    private Duration electionTimeout = ELECTION_TIMEOUT;

    private final List<FakeReplica> replicas = new ArrayList<>();
    private final List<FollowingConsensus> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(FollowingConsensus::close);
        replicas.forEach(FakeReplica::close);
    }

    private FakeReplica replica(int most) throws IOException {
        return replica(most, ELECTION_TIMEOUT.dividedBy(2));
    }

    private FakeReplica replica(int most, Duration newsPace) throws IOException {
        FakeReplica replica = new FakeReplica(replicas.size() + 1, newsPace, most, most);
        replicas.add(replica);
        return replica;
    }

    private FakeReplica replica() throws IOException {
        return replica(8);
    }

    /** Node 2 asks the first of two replicas first. */
    private ConsensusGroup follow(int node, ReplicatedState state) {
        List<Peer> peers = replicas.stream().map(FakeReplica::peer).toList();
        return consensus(node, group -> peers).open(Peers.GROUP, state);
    }

    private FollowingConsensus consensus(int node, Function<String, List<Peer>> founders) {
        ConsensusConfig config =
                ConsensusConfig.defaults(directory.resolve("node-" + node)).withElectionTimeout(electionTimeout);
        FollowingConsensus consensus =
                new FollowingConsensus(new NodeId(node), config, founders, new SimpleMeterRegistry());
        nodes.add(consensus);
        return consensus;
    }

    private static void fill(FakeReplica replica, int count) {
        IntStream.range(0, count).forEach(i -> replica.put(i, FakeReplica.entry(i, JournalState.entry("e" + i))));
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "e" + i).toList();
    }

    /** A state that can be made to misbehave. */
    private static class Journal implements ReplicatedState {
        final JournalState journal = new JournalState();

        @Override
        public void reset() {
            journal.reset();
        }

        @Override
        public void restore(InputStream snapshot, LogPosition position) throws IOException {
            journal.restore(snapshot, position);
        }

        @Override
        public Object apply(LogPosition position, List<ByteBuffer> entry) {
            return journal.apply(position, entry);
        }

        @Override
        public Frozen freeze() {
            return journal.freeze();
        }
    }

    /** Can make nothing of a snapshot, as older software of a newer one. */
    private static final class Older extends Journal {
        @Override
        public void restore(InputStream snapshot, LogPosition position) throws IOException {
            throw new IOException("Of an unknown version");
        }
    }

    /** Is being restored until its group is about to be closed. */
    private static final class BusyRestoring extends Journal {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch closing = new CountDownLatch(1);

        @Override
        public void restore(InputStream snapshot, LogPosition position) throws IOException {
            begun.countDown();
            await(closing);
            super.restore(snapshot, position);
        }
    }

    /** Waits at an entry until it is let go on. */
    private static final class Slow extends Journal {
        private final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public Object apply(LogPosition position, List<ByteBuffer> entry) {
            await(goOn);
            return super.apply(position, entry);
        }
    }

    /** Fails when it is told for the first time that nobody is known to lead. */
    private static final class Leaderless extends Journal {
        private final CountDownLatch failed = new CountDownLatch(1);

        @Override
        public void leadershipChanged(Leadership leadership) {
            if (leadership.equals(new Leadership.Following()) && failed.getCount() > 0) {
                failed.countDown();
                throw new AssertionError("Nobody leads");
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Never let go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSlowNodeHoldsUpItsReplicaAndLosesNothing() throws Exception {
        FakeReplica replica = replica();
        Slow state = new Slow();
        // Given 64 MiB behind a node that does not get on
        int entries = 64;
        for (int i = 0; i < entries; i++) {
            replica.put(i, FakeReplica.entry(i, JournalState.entry("e" + i + "-".repeat(1 << 20))));
        }
        ConsensusGroup group = follow(1, state);
        // When the replica has sent what can be on its way
        Eventually.holds(() -> replica.furthestRead() > 0);
        long[] seen = {-1};
        Eventually.holds(() -> {
            boolean stands = seen[0] == replica.furthestRead();
            seen[0] = replica.furthestRead();
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
            return stands;
        });
        // Then that is little of it
        assertThat(replica.furthestRead()).isLessThan(entries / 2);
        // And nobody took the silence of a busy node for that of its replica
        state.goOn.countDown();
        Eventually.holds(() -> group.applied().index() == entries - 1);
        assertThat(state.journal.texts()).hasSize(entries);
    }

    @Test
    void anEntryThatIsNotTheNextMakesItBeginAnew() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 5);
        replica.put(5, FakeReplica.entry(6, JournalState.entry("skipped one")));
        JournalState state = new JournalState();
        ConsensusGroup group = follow(1, state);
        Eventually.holds(() -> replica.furthestRead() == 5);
        // When the log is put right
        replica.put(5, FakeReplica.entry(5, JournalState.entry("e5")));
        // Then everything is there, once
        Eventually.holds(() -> state.texts().equals(texts(6)));
        assertThat(group.failure()).isEmpty();
    }

    private SnapshotFile snapshot(long index, List<String> texts, boolean isWhole) throws Exception {
        JournalState source = new JournalState();
        for (int i = 0; i < texts.size(); i++) {
            source.apply(new LogPosition(1, i), JournalState.entry(texts.get(i)));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ReplicatedState.Frozen frozen = source.freeze()) {
            frozen.writeTo(bytes);
        }
        byte[] content = bytes.toByteArray();
        byte[] checksum = MessageDigest.getInstance("MD5").digest(content);
        if (!isWhole) {
            content[content.length - 1] ^= 1;
        }
        Path file = Files.write(directory.resolve("snapshot-" + isWhole), content);
        return new SnapshotFile(new LogPosition(1, index), file, ByteBuffer.wrap(checksum));
    }

    @Test
    void aSnapshotWhoseBytesChangedOnTheWayIsNotRestored() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 10);
        replica.purge(7, snapshot(7, texts(8), false));
        JournalState state = new JournalState();
        ConsensusGroup group = follow(1, state);
        Eventually.holds(() -> replica.readings() > 0);
        assertThat(state.texts()).isEmpty();
        // When the file is whole
        replica.purge(7, snapshot(7, texts(8), true));
        // Then
        Eventually.holds(() -> state.texts().equals(texts(10)));
        Eventually.holds(() -> group.applied().equals(new LogPosition(1, 9)));
        assertThat(directory.resolve("node-1").resolve("arriving")).isEmptyDirectory();
    }

    @Test
    void aSnapshotThatNeverArrivesWholeIsAskedForAtGrowingPauses() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 10);
        replica.purge(7, snapshot(7, texts(8), false));
        follow(1, new JournalState());
        isAskedAtGrowingPauses(replica);
    }

    @Test
    void aSnapshotThatCannotBeRestoredIsAskedForAtGrowingPauses() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 10);
        replica.purge(7, snapshot(7, texts(8), true));
        follow(1, new Older());
        isAskedAtGrowingPauses(replica);
    }

    @Test
    void oneThatIsClosedLeavesNoFileBehindAndMakesNone() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 10);
        replica.purge(7, snapshot(7, texts(8), true));
        // The moment that counts is short: most often the first of these finds it
        for (int node = 1; node <= 20; node++) {
            BusyRestoring state = new BusyRestoring();
            ConsensusGroup group = follow(node, state);
            await(state.begun);
            Path arriving = directory.resolve("node-" + node).resolve("arriving");
            assertThat(arriving).isNotEmptyDirectory();
            state.closing.countDown();
            group.close();
            assertThat(arriving).isEmptyDirectory();
        }
    }

    /** They double, from 20 ms to an election timeout: the machine may only make them longer. */
    private static void isAskedAtGrowingPauses(FakeReplica replica) {
        Eventually.holds(() -> replica.begunNanos().size() >= 8);
        List<Long> begun = replica.begunNanos();
        assertThat(Duration.ofNanos(begun.get(7) - begun.get(6))).isGreaterThanOrEqualTo(ELECTION_TIMEOUT);
    }

    /** Of two: the other one runs from when the first is followed, which may take longer than one that answers has. */
    private ConsensusGroup followTheFirst(FakeReplica first, FakeReplica other, JournalState state) {
        other.stopRunning();
        ConsensusGroup group = follow(2, state);
        Eventually.holds(() -> state.texts().equals(texts(3)));
        assertThat(first.furthestRead()).isEqualTo(2);
        other.runAgain();
        return group;
    }

    @Test
    void aReplicaThatIsCutOffIsLeftForAnother() throws Exception {
        FakeReplica cutOff = replica();
        FakeReplica connected = replica();
        fill(cutOff, 3);
        cutOff.silence(Duration.ofMinutes(1));
        fill(connected, 6);
        JournalState state = new JournalState();
        followTheFirst(cutOff, connected, state);
        Eventually.holds(() -> state.texts().equals(texts(6)));
        assertThat(cutOff.furthestRead()).isEqualTo(2);
    }

    @Test
    void aReplicaThatFallsSilentIsLeftForAnother() throws Exception {
        FakeReplica silent = replica(8, Duration.ofHours(1));
        FakeReplica other = replica();
        fill(silent, 3);
        fill(other, 6);
        JournalState state = new JournalState();
        followTheFirst(silent, other, state);
        Eventually.holds(() -> state.texts().equals(texts(6)));
        assertThat(silent.furthestRead()).isEqualTo(2);
    }

    @Test
    void aNameThatIsNotResolvedHoldsUpOnlyTheGroupThatIsLookedFor() throws Exception {
        FakeReplica silent = replica(8, Duration.ofHours(1));
        FakeReplica other = replica();
        fill(silent, 3);
        fill(other, 6);
        List<Peer> known = List.of(silent.peer(), other.peer());
        CountDownLatch askedTwice = new CountDownLatch(2);
        CountDownLatch resolved = new CountDownLatch(1);
        FollowingConsensus consensus = consensus(2, group -> {
            if (!group.equals("lost")) {
                return known;
            }
            askedTwice.countDown();
            if (askedTwice.getCount() == 0) {
                await(resolved);
            }
            return List.of();
        });
        CompletableFuture<ConsensusGroup> lost = CompletableFuture.supplyAsync(
                () -> consensus.open("lost", new JournalState()), Thread::startVirtualThread);
        try {
            // Given a group whose replicas are being looked up
            assertThat(askedTwice.await(60, TimeUnit.SECONDS)).isTrue();
            // When the replica that another group follows falls silent
            JournalState state = new JournalState();
            CompletableFuture<ConsensusGroup> going =
                    CompletableFuture.supplyAsync(() -> consensus.open(Peers.GROUP, state), Thread::startVirtualThread);
            assertThat(going).succeedsWithin(60, TimeUnit.SECONDS);
            // Then that is noticed, and the next one is followed
            Eventually.holds(() -> state.texts().equals(texts(6)));
            // And the one that is looked for can be closed
            ConsensusGroup waiting = consensus.groups().stream()
                    .filter(group -> group.name().equals("lost"))
                    .findFirst()
                    .orElseThrow();
            assertThat(CompletableFuture.runAsync(waiting::close, Thread::startVirtualThread))
                    .succeedsWithin(60, TimeUnit.SECONDS);
        } finally {
            resolved.countDown();
        }
        assertThat(lost).succeedsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void anErrorWhileOneIsLookedAfterKeepsNobodyFromBeingLookedAfterAgain() throws Exception {
        FakeReplica silent = replica(8, Duration.ofHours(1));
        fill(silent, 3);
        Leaderless state = new Leaderless();
        ConsensusGroup group = follow(1, state);
        Eventually.holds(() -> !group.leadership().equals(new Leadership.Following()));
        // Given a state that throws when nobody has been heard of for long
        silent.stopRunning();
        await(state.failed);
        // When there is a replica again, which falls silent at once
        int before = silent.newsTold();
        silent.runAgain();
        // Then that is noticed, each time
        Eventually.holds(() -> silent.newsTold() >= before + 3);
    }

    @Test
    void aLookUpThatFailsIsRepeated() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 3);
        AtomicInteger asked = new AtomicInteger();
        JournalState state = new JournalState();
        consensus(1, group -> switch (asked.getAndIncrement()) {
                    case 0, 1 -> List.of();
                    case 2 -> throw new IllegalStateException("Nobody can be looked up");
                    case 3 -> throw new AssertionError("Nothing works");
                    default -> List.of(replica.peer());
                })
                .open(Peers.GROUP, state);
        Eventually.holds(() -> state.texts().equals(texts(3)));
    }

    @Test
    void whereOnlyAStrangerIsFoundTheOthersAreLookedUp() throws Exception {
        FakeReplica stranger = replica();
        stranger.beStranger();
        FakeReplica other = replica();
        fill(other, 3);
        // Given a name that stands for the one alone at first
        AtomicInteger asked = new AtomicInteger();
        JournalState state = new JournalState();
        consensus(
                        2,
                        group -> asked.getAndIncrement() == 0
                                ? List.of(stranger.peer())
                                : List.of(stranger.peer(), other.peer()))
                .open(Peers.GROUP, state);
        Eventually.holds(() -> state.texts().equals(texts(3)));
    }

    @Test
    void aStrangerThatTellsOfTheOnlyPeerIsLeftForThat() throws Exception {
        FakeReplica stranger = replica();
        FakeReplica only = replica();
        fill(only, 3);
        stranger.beStranger(only.peer());
        only.stopRunning();
        JournalState state = new JournalState();
        consensus(2, group -> List.of(stranger.peer(), only.peer())).open(Peers.GROUP, state);
        Eventually.holds(() -> !stranger.begunNanos().isEmpty());
        only.runAgain();
        Eventually.holds(() -> state.texts().equals(texts(3)));
    }

    @Test
    void aReplicaThatStopsIsLeftForAnotherFromWhereItWas() throws Exception {
        FakeReplica first = replica();
        FakeReplica second = replica();
        fill(first, 3);
        JournalState state = new JournalState();
        ConsensusGroup group = followTheFirst(first, second, state);
        // Given that the other one is behind at first
        fill(second, 2);
        first.stopRunning();
        Eventually.holds(() -> second.readings() > 0);
        assertThat(state.texts()).isEqualTo(texts(3));
        fill(second, 6);
        Eventually.holds(() -> state.texts().equals(texts(6)));
        Eventually.holds(() -> group.applied().index() == 5);
    }

    @Test
    void onlySoManyMayFollowAReplicaAndOneThatComesAgainTakesItsOwnPlace() throws Exception {
        electionTimeout = LONG_ELECTION_TIMEOUT;
        FakeReplica replica = replica(2);
        fill(replica, 1);
        JournalState first = new JournalState();
        JournalState second = new JournalState();
        JournalState oneTooMany = new JournalState();
        follow(1, first);
        follow(2, second);
        Eventually.holds(() -> first.texts().size() == 1 && second.texts().size() == 1);
        follow(3, oneTooMany);
        // When a node that follows is started a second time
        JournalState again = new JournalState();
        follow(2, again);
        Eventually.holds(() -> again.texts().size() == 1);
        // Then there are still two, and the third gets in once another leaves
        assertThat(replica.readings()).isLessThanOrEqualTo(3);
        assertThat(oneTooMany.texts()).isEmpty();
        nodes.get(0).close();
        nodes.get(1).close();
        nodes.get(3).close();
        Eventually.holds(() -> oneTooMany.texts().size() == 1);
    }

    @Test
    void whatIsPurgedOrNotThereYetIsSaidOfAnEntryThatIsReadBack() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 10);
        replica.purge(4, snapshot(4, texts(5), true));
        JournalState state = new JournalState();
        ConsensusGroup group = follow(1, state);
        Eventually.holds(() -> state.texts().size() == 10);

        assertThat(JournalState.text(group.read(7))).isEqualTo("e7");
        assertThat(JournalState.text(group.read(9))).isEqualTo("e9");
        assertThatThrownBy(() -> group.read(3))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.OBJECT_MISSING));
        assertThatThrownBy(() -> group.read(10))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    @Test
    void anEntryOfOneByteTooManyIsRefusedBeforeItIsSent() throws Exception {
        FakeReplica replica = replica();
        fill(replica, 1);
        ConsensusGroup group = follow(1, new JournalState());
        assertThatThrownBy(() -> group.submit(
                        List.of(ByteBuffer.allocate(ConsensusGroup.MAX_ENTRY_BYTES), ByteBuffer.allocate(1))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
