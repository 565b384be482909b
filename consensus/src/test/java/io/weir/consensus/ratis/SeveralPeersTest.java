package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.Admissions;
import io.weir.consensus.Eventually;
import io.weir.consensus.ratis.forward.LeaderSide;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.PeerStanding;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a group of three promises beyond the contract. */
class SeveralPeersTest {
    /** Of an entry that is submitted while the leader changes nobody knows whether it is applied. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);

    @TempDir
    private Path directory;

    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT);
        peers.startAll();
        peers.stand(1);
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    /** At whoever leads, however often that changes on a busy machine. Texts of one test differ. */
    private LogPosition applied(String text) {
        CompletableFuture<LogPosition> applied = new CompletableFuture<>();
        Eventually.holds(() -> {
            Submission submission =
                    peers.group(peers.leader()).submit(JournalState.entry(text)).join();
            return switch (submission) {
                case Submission.Applied(LogPosition position, Object _) -> applied.complete(position);
                case Submission.NotAccepted _ -> false;
                case Submission.Unknown(String message) ->
                    throw new AssertionError("The leader changed under entry " + text + ": " + message);
            };
        });
        return applied.join();
    }

    private List<String> applied(String prefix, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(prefix + i + "-".repeat(1000));
            applied(texts.getLast());
        }
        return texts;
    }

    private void publishSnapshot(int node) throws Exception {
        peers.group(node).prepareSnapshot().get(60, TimeUnit.SECONDS).publish().get(60, TimeUnit.SECONDS);
    }

    private int follower() {
        int leader = peers.leader();
        return peers.nodes().stream().filter(node -> node != leader).findFirst().orElseThrow();
    }

    private boolean hasOnDisk(int node, LogPosition position, String text) {
        try {
            return JournalState.text(peers.group(node).read(position.index())).equals(text);
        } catch (ServiceException notThere) {
            return false;
        }
    }

    @Test
    void anAcknowledgedEntryIsInTheLogsOfAQuorum() throws Exception {
        for (int i = 0; i < 20; i++) {
            String text = "e" + i;
            LogPosition position = applied(text);
            assertThat(peers.nodes().stream().filter(node -> hasOnDisk(node, position, text)))
                    .hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void anotherLeadsWhenTheLeaderIsStopped() throws Exception {
        List<String> texts = new ArrayList<>(applied("before", 20));
        int stopped = peers.leader();
        peers.stop(stopped);

        texts.addAll(applied("after", 20));
        peers.start(stopped);

        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.state(node).texts().size() >= texts.size());
            assertThat(peers.state(node).texts()).isEqualTo(texts);
        }
    }

    @Test
    void withoutAQuorumNothingIsAcknowledged() throws Exception {
        applied("a");
        int leader = peers.leader();
        ConsensusGroup group = peers.group(leader);
        peers.nodes().stream().filter(node -> node != leader).forEach(peers::stop);

        var submitted = group.submit(JournalState.entry("b"));
        Eventually.holds(() -> group.leadership() instanceof Leadership.Following);

        assertThat(submitted).succeedsWithin(60, TimeUnit.SECONDS).isNotInstanceOf(Submission.Applied.class);
        assertThat(peers.state(leader).texts()).containsExactly("a");
        assertThat(group.barrier()).failsWithin(60, TimeUnit.SECONDS);
    }

    @Test
    void aFollowerSaysWhoLeads() throws Exception {
        applied("a");
        int leader = peers.leader();
        int follower = follower();
        Leadership.Leading leading = (Leadership.Leading) peers.group(leader).leadership();
        Leader expected = new Leader(new NodeId(leader), leading.term());
        Eventually.holds(
                () -> peers.group(follower).leadership().equals(new Leadership.Following(Optional.of(expected))));

        // The state is told after everybody else can see it
        Eventually.holds(
                () -> peers.state(follower).leaderships().contains(new Leadership.Following(Optional.of(expected))));
        assertThat(peers.membership(follower).remove(new PeerId(new NodeId(leader), 1)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(MembershipChange.NotLeader.class);
    }

    @Test
    void aFollowerThatWasAwayLongerThanTheLogReachesComesBackBySnapshot() throws Exception {
        List<String> texts = new ArrayList<>(applied("before", 3));
        int away = follower();
        peers.stop(away);
        // Given a log that is several files long and purged wherever it still is
        LogPosition missed = applied("missed");
        texts.add("missed");
        texts.addAll(applied("while", 600));
        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.state(node).texts().size() == texts.size());
            publishSnapshot(node);
        }
        // When it comes back
        peers.start(away);
        // Then it has everything, without the entries
        Eventually.holds(() -> peers.state(away).texts().size() == texts.size());
        assertThat(peers.state(away).texts()).isEqualTo(texts);
        assertThatThrownBy(() -> peers.group(away).read(missed.index()))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.OBJECT_MISSING));
        // And what it has lasts, and goes on
        texts.addAll(applied("after", 3));
        Eventually.holds(() -> peers.state(away).texts().equals(texts));
        peers.stop(away);
        peers.start(away);
        Eventually.holds(() -> peers.state(away).texts().equals(texts));
    }

    @Test
    void aWipedReplicaReturnsByItselfUnderANewId() throws Exception {
        List<String> texts = new ArrayList<>(applied("before", 5));
        int wiped = follower();
        PeerId former = peers.membership(wiped).self();
        peers.stop(wiped);
        Trees.delete(peers.directoryOf(wiped));
        // When its node comes back
        peers.start(wiped);
        PeerId next = peers.membership(wiped).self();
        assertThat(next.node()).isEqualTo(former.node());
        assertThat(next.incarnation()).isGreaterThan(former.incarnation());
        // Then it has everything, and the former one has no voice
        Eventually.holds(() -> peers.state(wiped).texts().equals(texts));
        for (int node : peers.nodes()) {
            Eventually.holds(() -> ids(node).contains(next) && !ids(node).contains(former));
            assertThat(ids(node)).hasSize(3);
        }
        // And it makes a quorum with one other
        peers.stop(
                peers.nodes().stream().filter(node -> node != wiped).findFirst().orElseThrow());
        applied("after");
        texts.add("after");
        Eventually.holds(() -> peers.state(wiped).texts().equals(texts));
    }

    @Test
    void anotherLeaderThanTheOneItKnewAdmitsAWipedReplica() throws Exception {
        applied("before");
        int port = FreePorts.next();
        peers.join(4, port);
        admit(new Peer(peers.membership(4).self(), "127.0.0.1", port));
        peers.lead(4);
        peers.stop(1);
        Trees.delete(peers.directoryOf(1));

        // When node 1 comes back, and knows the founders only
        peers.start(1);

        Eventually.holds(() -> peers.state(1).texts().equals(List.of("before")));
        PeerId next = peers.membership(1).self();
        Eventually.holds(() -> ids(1).contains(next));
    }

    @Test
    void aNodeThatDoesNotBelongIsNotAdmittedByItself() throws Exception {
        applied("before");
        LeaderSide leader = ((RatisGroup) peers.group(peers.leader())).leading();
        Peer stranger = new Peer(new PeerId(new NodeId(4), 1), "127.0.0.1", FreePorts.next());

        assertThat(leader.admit(stranger))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOfSatisfying(
                        LeaderSide.Answer.Refused.class,
                        it -> assertThat(it.why().message()).contains("Node 4 does not belong to group journal"));
        assertThat(peers.membership(peers.leader()).peers()).hasSize(3);
    }

    @Test
    void aReplicaIsNotReplacedWhileItLivesNorByAnOlderOne() throws Exception {
        applied("before");
        // One that has not answered a new leader yet counts as silent
        Eventually.holds(() -> haveAnswered(peers.membership(peers.leader()).standings()));
        LeaderSide group = ((RatisGroup) peers.group(peers.leader())).leading();
        for (int node : peers.nodes()) {
            Peer twin = new Peer(new PeerId(new NodeId(node), 99), "127.0.0.1", FreePorts.next());
            assertThat(group.admit(twin))
                    .succeedsWithin(60, TimeUnit.SECONDS)
                    .isInstanceOfSatisfying(
                            LeaderSide.Answer.Refused.class,
                            it -> assertThat(it.why().message())
                                    .contains("Replica " + node + ".1 of the same node lives"));
        }
        // Given one that has come back once
        int wiped = follower();
        peers.stop(wiped);
        Trees.delete(peers.directoryOf(wiped));
        peers.start(wiped);
        PeerId next = peers.membership(wiped).self();
        Eventually.holds(() -> ids(wiped).contains(next) && !ids(wiped).contains(new PeerId(next.node(), 1)));
        // When the one that it was before asks
        peers.stop(wiped);
        Peer former = peers.founders().get(wiped - 1);
        LeaderSide now = ((RatisGroup) peers.group(peers.leader())).leading();
        // Then
        assertThat(now.admit(former))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOfSatisfying(
                        LeaderSide.Answer.Refused.class,
                        it -> assertThat(it.why().message())
                                .contains("Replica " + former.id() + " is older than " + next));
    }

    @Test
    void aNodeThatIsWelcomeJoinsByItself() throws Exception {
        List<String> texts = applied("before", 5);
        int port = FreePorts.next();
        peers.admit(peer -> peer.port() == port ? Admissions.Verdict.WELCOME : Admissions.Verdict.AS_BEFORE);

        peers.joinKnowing(4, port);

        Eventually.holds(() -> peers.state(4).texts().equals(texts));
        Eventually.holds(() -> ids(4).contains(peers.membership(4).self()) && ids(4).size() == 4);
    }

    @Test
    void aNodeThatIsUnwelcomeDoesNotReturn() throws Exception {
        applied("before");
        int wiped = follower();
        peers.stop(wiped);
        peers.admit(peer -> Admissions.Verdict.UNWELCOME);
        PeerId next = new PeerId(new NodeId(wiped), 99);

        assertThat(((RatisGroup) peers.group(peers.leader()))
                        .leading()
                        .admit(new Peer(next, "127.0.0.1", FreePorts.next())))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOfSatisfying(
                        LeaderSide.Answer.Refused.class,
                        it -> assertThat(it.why().message()).contains("Node " + wiped + " was removed"));
    }

    @Test
    void nobodyIsRemovedWhoIsNeededForAQuorum() throws Exception {
        applied("before");
        int dead = follower();
        int leader = peers.leader();
        PeerId living = peers.nodes().stream()
                .filter(node -> node != dead && node != leader)
                .map(node -> peers.membership(node).self())
                .findFirst()
                .orElseThrow();
        PeerId gone = peers.membership(dead).self();
        peers.stop(dead);

        // The leader takes one for living that it has heard of a moment ago.
        Eventually.holds(() -> {
            RunningGroup running = ((RatisGroup) peers.group(peers.leader())).running();
            return running != null
                    && !running.isHeardFrom(RaftPeerId.valueOf(gone.toString()), ELECTION_TIMEOUT.multipliedBy(2));
        });
        Eventually.holds(() ->
                peers.membership(peers.leader()).remove(living).join() instanceof MembershipChange.Refused(String why)
                        && why.contains("only 1 of 2 would answer, which is no quorum"));
        // A fourth one might not answer, either.
        Peer fourth = new Peer(new PeerId(new NodeId(4), 1), "127.0.0.1", FreePorts.next());
        Eventually.holds(() ->
                peers.membership(peers.leader()).add(fourth).join() instanceof MembershipChange.Refused(String why)
                        && why.contains("Only 2 of 4 would answer without peer 4.1, which is no quorum"));
        assertThat(ids(peers.leader())).hasSize(3);
        Eventually.holds(() -> peers.membership(peers.leader()).remove(gone).join() instanceof MembershipChange.Done);
        assertThat(ids(peers.leader())).hasSize(2);
    }

    private List<PeerId> ids(int node) {
        return peers.membership(node).peers().stream().map(Peer::id).toList();
    }

    private void admit(Peer peer) {
        Eventually.holds(() -> peers.membership(peers.leader()).add(peer).join() instanceof MembershipChange.Done);
    }

    @Test
    void theLeaderKnowsWhoDoesNotAnswer() {
        peers.lead(1);
        peers.stop(3);
        // Whichever leads by then, and only that one
        Eventually.holds(() -> peersAway(1) + peersAway(2) == 1);
        peers.start(3);
        Eventually.holds(() -> peersAway(1) + peersAway(2) + peersAway(3) == 0);
    }

    private double peersAway(int node) {
        return peers.meters(node).get("weir.consensus.peers.away").gauge().value();
    }

    private static boolean haveAnswered(List<PeerStanding> standings) {
        return standings.size() == 2
                && standings.stream().allMatch(it -> it.silence().compareTo(ELECTION_TIMEOUT.multipliedBy(2)) < 0);
    }

    @Test
    void theLeaderKnowsHowTheOthersFollowAndHandsOverToNoneThatIsAway() {
        applied("e", 5);
        // Whichever leads by then
        Eventually.holds(() -> {
            List<PeerStanding> standings = peers.membership(peers.leader()).standings();
            return haveAnswered(standings) && standings.stream().allMatch(it -> it.entriesBehind() == 0);
        });
        assertThat(peers.nodes().stream()
                        .filter(node -> !peers.membership(node).standings().isEmpty()))
                .hasSizeLessThanOrEqualTo(1);

        int stopped = follower();
        PeerId away = peers.founders().get(stopped - 1).id();
        peers.stop(stopped);
        Eventually.holds(() -> peers.membership(peers.leader())
                                .transferTo(away)
                                .orTimeout(1, TimeUnit.MINUTES)
                                .join()
                        instanceof MembershipChange.Refused(String why)
                && why.contains("has not answered"));
        applied("f", 5);
        Eventually.holds(() -> peers.membership(peers.leader()).standings().stream()
                .anyMatch(it -> it.peer().equals(away) && it.entriesBehind() >= 5));
    }

    @Test
    void aFourthPeerJoinsAndAnotherLeaves() throws Exception {
        List<String> texts = new ArrayList<>(applied("before", 5));
        int port = FreePorts.next();
        peers.join(4, port);
        PeerId fourth = peers.membership(4).self();
        admit(new Peer(fourth, "127.0.0.1", port));
        peers.lead(4);

        PeerId first = peers.membership(1).self();
        Eventually.holds(() -> peers.membership(peers.leader()).remove(first).join() instanceof MembershipChange.Done);
        peers.stop(1);
        texts.addAll(applied("after", 5));

        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.state(node).texts().equals(texts));
            assertThat(peers.membership(node).peers())
                    .hasSize(3)
                    .anyMatch(peer -> peer.id().equals(fourth))
                    .noneMatch(peer -> peer.id().equals(first));
        }
    }

    @Test
    void refusesTheDirectoryOfAnotherNode() throws Exception {
        peers.stop(1);
        Path identity = peers.directoryOf(1).resolve("peer");
        String own = Files.readString(identity);
        Files.writeString(identity, "2.1\n");

        assertThatThrownBy(() -> peers.start(1))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT));

        // And lets go of it
        Files.writeString(identity, own);
        assertThat(peers.start(1).failure()).isEmpty();
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        peers.stop(1);
        int port = peers.founders().getFirst().port();
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> peers.start(1))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("cannot listen");
            assertThat(taken.isBound()).isTrue();
        }
        assertThat(peers.start(1).failure()).isEmpty();
    }

    @Test
    void anInterruptedInstallationIsUndone() throws Exception {
        List<String> texts = applied("e", 5);
        int node = follower();
        Eventually.holds(() -> peers.state(node).texts().equals(texts));
        publishSnapshot(node);
        peers.stop(node);
        // Given that a crash came between the two renames of an installation
        Path snapshots;
        try (Stream<Path> paths = Files.walk(peers.directoryOf(node))) {
            snapshots = paths.filter(path -> path.endsWith("sm")).findFirst().orElseThrow();
        }
        Files.move(snapshots, snapshots.resolveSibling("sm.tmp2026-11-21"));
        Files.createDirectories(snapshots.resolveSibling("tmp").resolve("snapshot-half"));
        // When
        peers.start(node);
        // Then
        Eventually.holds(() -> peers.state(node).texts().equals(texts));
        assertThat(snapshots.resolveSibling("tmp").resolve("snapshot-half")).doesNotExist();
    }

    @Test
    void aDirectoryWithAnythingInItIsNoFounders() {
        assertThatThrownBy(() -> RatisConsensus.found(peers.configOf(1))).hasMessageContaining("is not empty");
    }
}
