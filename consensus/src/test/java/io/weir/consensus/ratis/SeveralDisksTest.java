package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One disk of three is full, fails, or is damaged. */
class SeveralDisksTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path directory;

    private Peers<JournalState> peers;
    private boolean mounted;

    @BeforeEach
    void layOut() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new).with(SeveralDisksTest::small);
    }

    private static ConsensusConfig small(ConsensusConfig config) {
        return new ConsensusConfig(
                config.directory(),
                new ConsensusConfig.Limits(2 * MIB, MIB),
                Map.of(),
                64,
                8 * MIB,
                config.electionTimeout(),
                config.openTimeout(),
                config.reopenAfter(),
                config.reopenAfter(),
                8L * MIB,
                config.cluster());
    }

    @AfterEach
    void stop() throws Exception {
        peers.close();
        if (mounted) {
            assertThat(run("umount", peers.diskOf(1).toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    /** Node 1 has a small disk of its own; returns what takes most of its room. */
    private Path startOnASmallDisk() throws Exception {
        Path disk = Files.createDirectories(peers.diskOf(1));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.toString());
        assumeTrue(mounted, "mounting a file system is not permitted");
        peers.startAll();
        return Files.write(disk.resolve("ballast"), new byte[38 * MIB]);
    }

    /** At whoever leads, however often it is refused: what was acknowledged. */
    private List<String> submit(String prefix, int count) {
        List<String> acknowledged = new ArrayList<>();
        AtomicInteger attempt = new AtomicInteger();
        while (acknowledged.size() < count) {
            Eventually.holds(() -> {
                String text = prefix + attempt.incrementAndGet() + "-" + "x".repeat(MIB / 2);
                Submission outcome = peers.group(peers.leader())
                        .submit(JournalState.entry(text))
                        .join();
                return outcome instanceof Submission.Applied && acknowledged.add(text);
            });
        }
        return acknowledged;
    }

    private void eventuallyHasAll(int node, List<String> acknowledged) {
        Eventually.holds(() -> peers.state(node).texts().containsAll(acknowledged));
    }

    @Test
    void aFollowersFullDiskStopsNobodyAndHealsUnaided() throws Exception {
        Path ballast = startOnASmallDisk();
        peers.lead(2);

        List<String> acknowledged = submit("full", 40);
        Eventually.holds(() -> peers.group(1).failure().isPresent());
        Files.delete(ballast);

        Eventually.holds(() -> peers.group(1).failure().isEmpty());
        eventuallyHasAll(1, acknowledged);
        eventuallyHasAll(3, acknowledged);
    }

    @Test
    void theLeadersFullDiskLetsAnotherLead() throws Exception {
        Path ballast = startOnASmallDisk();
        peers.lead(1);

        List<String> acknowledged = submit("full", 40);
        assertThat(peers.leader()).isNotEqualTo(1);
        Files.delete(ballast);

        Eventually.holds(() -> peers.group(1).failure().isEmpty());
        for (int node : peers.nodes()) {
            eventuallyHasAll(node, acknowledged);
        }
    }

    @Test
    void aLeaderWhoseLogFailsComesBackAsAFollowerOrLeader() throws Exception {
        peers.startAll();
        List<String> acknowledged = new ArrayList<>(submit("before", 3));
        int leader = peers.leader();

        ((RatisGroup) peers.group(leader)).logFailed(new IOException("The disk is gone"));
        acknowledged.addAll(submit("after", 3));

        Eventually.holds(() -> peers.group(leader).failure().isEmpty());
        for (int node : peers.nodes()) {
            eventuallyHasAll(node, acknowledged);
        }
    }

    /** Three with a log of several files, of which node 1 has lost a bit; node 1 does not run. */
    private List<String> startWithADamagedOne() throws Exception {
        peers.startAll();
        peers.lead(2);
        List<String> acknowledged = submit("before", 6);
        eventuallyHasAll(1, acknowledged);
        peers.stop(1);
        damage(closedSegment(1));
        return acknowledged;
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
    }

    private void isRefused(int node, Path naming) {
        assertThatThrownBy(() -> peers.start(node))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT))
                .hasMessageContaining(naming.toString());
        peers.stop(node);
    }

    @Test
    void aDamagedReplicaIsSetAsideAndReturnsAsANewOneOnce() throws Exception {
        List<String> acknowledged = startWithADamagedOne();
        Path closed = closedSegment(1);

        // When it is started, and started again
        isRefused(1, closed);
        acknowledged.addAll(submit("after", 1));
        peers.start(1);

        // Then it is another replica that has everything, and the damaged one is kept
        assertThat(peers.membership(1).self().incarnation()).isGreaterThan(1);
        eventuallyHasAll(1, acknowledged);
        Path raft = peers.directoryOf(1);
        Path aside = raft.resolveSibling("raft-damaged");
        assertThat(aside.resolve(raft.relativize(closed))).exists();
        // And a second one is not kept beside it
        acknowledged.addAll(submit("again", 3));
        eventuallyHasAll(1, acknowledged);
        peers.stop(1);
        Path second = closedSegment(1);
        damage(second);
        isRefused(1, second);
        isRefused(1, aside);
        assertThat(second).exists();
    }

    @Test
    void damageThatIsFoundWhenAGroupIsOpenedAgainSetsTheReplicaAsideAtTheNextStart() throws Exception {
        // Given a replica whose log is damaged while it runs
        peers.startAll();
        peers.lead(2);
        List<String> acknowledged = submit("before", 6);
        eventuallyHasAll(1, acknowledged);
        RatisGroup group = (RatisGroup) peers.group(1);
        Path closed = closedSegment(1);
        damage(closed);
        // When its part of the group ends, and is opened again
        Optional.ofNullable(group.running()).orElseThrow().machine().end();
        // Then it says what is to be done, and the next start does it
        Eventually.holds(() -> NodeConsensus.isQuarantined(peers.directoryOf(1)));
        Eventually.holds(() -> group.failure()
                .filter(why -> why.contains(closed.toString()) && why.contains("At its next start this node sets"))
                .isPresent());
        assertThat(group.health().canHeal()).isFalse();
        acknowledged.addAll(submit("after", 1));
        peers.stop(1);
        peers.start(1);
        assertThat(peers.membership(1).self().incarnation()).isGreaterThan(1);
        eventuallyHasAll(1, acknowledged);
    }

    @Test
    void aReplicaWithoutTheDirectoryOfAGroupThatItHasBegunIsNotTheSameAnyMore() throws Exception {
        peers.startAll();
        List<String> acknowledged = submit("before", 2);
        eventuallyHasAll(1, acknowledged);
        peers.stop(1);
        Path lost = peers.directoryOf(1).resolve(Peers.GROUP);
        Files.move(lost, directory.resolve("lost"));

        isRefused(1, lost);
        assertThat(lost).doesNotExist();
        peers.start(1);

        assertThat(peers.membership(1).self().incarnation()).isGreaterThan(1);
        eventuallyHasAll(1, acknowledged);
    }

    @Test
    void oneOfFiveReturnsWithoutItsDiskWhileAnotherIsDown() throws Exception {
        // Given five, of which one is down
        peers = new Peers<>(directory, 5, JournalState::new).with(SeveralDisksTest::small);
        peers.startAll();
        peers.lead(2);
        List<String> acknowledged = submit("before", 2);
        peers.stop(5);

        // When another has lost its disk
        peers.stop(1);
        Files.move(peers.directoryOf(1), directory.resolve("lost"));
        peers.start(1);

        // Then it is a new replica, in place of the former one
        eventuallyHasAll(1, acknowledged);
        PeerId next = peers.membership(1).self();
        Eventually.holds(() -> {
            List<PeerId> ids =
                    peers.membership(1).peers().stream().map(Peer::id).toList();
            return ids.size() == 5 && ids.contains(next);
        });
        assertThat(next.incarnation()).isGreaterThan(1);
        // And is one of a quorum of three
        peers.stop(4);
        eventuallyHasAll(1, submit("after", 1));
    }

    @Test
    void aReplicaThatIsAloneIsRefusedAndStaysWhereItIs() throws Exception {
        peers = new Peers<>(directory, 1, JournalState::new).with(SeveralDisksTest::small);
        peers.startAll();
        submit("before", 6);
        peers.stop(1);
        Path closed = closedSegment(1);
        damage(closed);

        isRefused(1, closed);
        isRefused(1, closed);

        assertThat(closed).exists();
        assertThat(NodeConsensus.isQuarantined(peers.directoryOf(1))).isFalse();
    }

    private Path closedSegment(int node) throws IOException {
        try (Stream<Path> files = Files.walk(peers.directoryOf(node))) {
            Optional<Path> closed = files.filter(
                            file -> file.getFileName().toString().matches("log_\\d+-\\d+"))
                    .findFirst();
            return closed.orElseThrow();
        }
    }
}
