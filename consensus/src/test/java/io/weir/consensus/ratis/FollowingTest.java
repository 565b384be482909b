package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node without a replica promises beyond the contract. */
class FollowingTest {
    private static final NodeId NODE = new NodeId(9);

    @TempDir
    private Path directory;

    private Peers<JournalState> peers;
    private FollowingConsensus gateway;

    @BeforeEach
    void start() throws Exception {
        start(Peers.ELECTION_TIMEOUT);
    }

    private void start(Duration electionTimeout) throws Exception {
        peers = new Peers<>(directory.resolve(electionTimeout.toString()), 3, JournalState::new)
                .with(config -> config.withLimits(Peers.GROUP, new ConsensusConfig.Limits(1 << 20, 64 << 10)))
                .withElectionTimeout(electionTimeout);
        peers.startAll();
        peers.leader();
        gateway = peers.follow(NODE, new SimpleMeterRegistry());
    }

    @AfterEach
    void stop() {
        gateway.close();
        peers.close();
    }

    private ConsensusGroup follow(JournalState state) {
        ConsensusGroup group = gateway.open(Peers.GROUP, state);
        awaitLeader(group);
        return group;
    }

    private static void awaitLeader(ConsensusGroup group) {
        Eventually.holds(() ->
                group.leadership() instanceof Leadership.Following(Optional<Leader> leader) && leader.isPresent());
    }

    private static Submission outcome(CompletableFuture<Submission> submitted) {
        assertThat(submitted).succeedsWithin(60, TimeUnit.SECONDS);
        return submitted.join();
    }

    /** However often the leader changes on a busy machine. Texts of one test differ. */
    private static LogPosition applied(ConsensusGroup group, String text) {
        CompletableFuture<LogPosition> applied = new CompletableFuture<>();
        Eventually.holds(() -> switch (outcome(group.submit(JournalState.entry(text)))) {
            case Submission.Applied(LogPosition position, Object _) -> applied.complete(position);
            case Submission.NotAccepted _ -> false;
            case Submission.Unknown(String message) -> throw new AssertionError(message);
        });
        return applied.join();
    }

    private static List<String> applied(ConsensusGroup group, String prefix, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(prefix + i + "-".repeat(1000));
            applied(group, texts.getLast());
        }
        return texts;
    }

    private void publishEverywhere(int entries) throws Exception {
        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.state(node).texts().size() == entries);
            peers.group(node)
                    .prepareSnapshot()
                    .get(60, TimeUnit.SECONDS)
                    .publish()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void isNoPeerAndKeepsNoLog() {
        ConsensusGroup group = follow(new JournalState());
        applied(group, "a");

        assertThat(peers.membership(1).peers())
                .hasSize(3)
                .noneMatch(peer -> peer.id().node().equals(NODE));
        assertThat(group.keepsLog()).isFalse();
        assertThat(peers.group(1).keepsLog()).isTrue();
        assertThat(group.membership()).isEmpty();
        assertThat(peers.directoryOf(NODE.value())).doesNotExist();
        assertThat(group.prepareSnapshot())
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.INTERNAL));
    }

    @Test
    void seesWhatOthersWriteAndTheyWhatItWrites() {
        JournalState state = new JournalState();
        ConsensusGroup group = follow(state);
        applied(peers.group(peers.leader()), "theirs");
        assertThat(group.barrier()).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(state.texts()).containsExactly("theirs");

        applied(group, "ours");

        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.state(node).texts().equals(List.of("theirs", "ours")));
        }
    }

    @Test
    void entriesOfOneThreadAreAppliedInOrder() throws Exception {
        // Given that one leads all the while
        stop();
        start(Duration.ofSeconds(2));
        JournalState state = new JournalState();
        ConsensusGroup group = follow(state);
        List<String> texts = new ArrayList<>();
        List<CompletableFuture<Submission>> submitted = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            texts.add("e" + i);
            submitted.add(group.submit(JournalState.entry(texts.getLast())));
        }
        submitted.forEach(each -> assertThat(outcome(each)).isInstanceOf(Submission.Applied.class));
        assertThat(state.texts()).isEqualTo(texts);
    }

    @Test
    void catchesUpByASnapshotWhereTheLogIsPurgedAndThenByEntries() throws Exception {
        ConsensusGroup replica = peers.group(peers.leader());
        List<String> texts = new ArrayList<>(applied(replica, "before", 200));
        publishEverywhere(200);
        texts.addAll(applied(replica, "after", 20));

        JournalState state = new JournalState();
        ConsensusGroup group = follow(state);

        assertThat(group.barrier()).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(state.texts()).isEqualTo(texts);
        assertThat(peers.directoryOf(NODE.value()).resolve("arriving")).isEmptyDirectory();
        applied(group, "last");
        texts.add("last");
        assertThat(state.texts()).isEqualTo(texts);
    }

    @Test
    void nobodyIsKnownToLeadBeforeItHasCaughtUp() {
        ConsensusGroup leader = peers.group(peers.leader());
        List<String> texts = applied(leader, "e", 50);
        // Whichever replica is followed, it is not one that lacks what the others acknowledged
        LogPosition last = leader.applied();
        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.group(node).applied().compareTo(last) >= 0);
        }
        JournalState state = new JournalState();
        follow(state);
        assertThat(state.texts()).isEqualTo(texts);
    }

    @Test
    void goesOnAtAnotherReplicaWithoutLossOrRepetition() {
        JournalState state = new JournalState();
        ConsensusGroup group = follow(state);
        List<String> maybe = new ArrayList<>();
        List<String> applied = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        // Each node stops once, so the one that is followed and the one that leads do, too
        for (int stopped : List.of(1, 2, 3)) {
            List<CompletableFuture<Submission>> submitted = new ArrayList<>();
            Thread stopping = Thread.ofPlatform().unstarted(() -> peers.stop(stopped));
            for (int i = 0; i < 300; i++) {
                if (i == 100) {
                    outcome(submitted.getFirst());
                    stopping.start();
                }
                submitted.add(group.submit(JournalState.entry("stop" + stopped + "-" + i)));
            }
            for (int i = 0; i < submitted.size(); i++) {
                String text = "stop" + stopped + "-" + i;
                switch (outcome(submitted.get(i))) {
                    case Submission.Applied _ -> applied.add(text);
                    case Submission.NotAccepted _ -> refused.add(text);
                    case Submission.Unknown _ -> maybe.add(text);
                }
            }
            join(stopping);
            peers.start(stopped);
            applied.add("after" + stopped);
            applied(group, applied.getLast());
        }
        assertThat(state.texts())
                .containsAll(applied)
                .doesNotContainAnyElementsOf(refused)
                .doesNotHaveDuplicates();
        assertThat(maybe).isEmpty();
        assertThat(Collections.disjoint(applied, refused)).isTrue();
        for (int node : peers.nodes()) {
            Eventually.holds(() -> peers.state(node).texts().equals(state.texts()));
        }
    }

    private static void join(Thread thread) {
        try {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void readsForwardAndBackwardAcrossFilesOfTheLog() {
        ConsensusGroup group = follow(new JournalState());
        List<LogPosition> positions = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add("e" + i + "-".repeat(2000));
            positions.add(applied(group, texts.getLast()));
        }
        for (int i = 0; i < 200; i++) {
            assertThat(JournalState.text(group.read(positions.get(i).index()))).isEqualTo(texts.get(i));
        }
        for (int i : new int[] {150, 3, 199, 0}) {
            assertThat(JournalState.text(group.read(positions.get(i).index()))).isEqualTo(texts.get(i));
        }
    }

    @Test
    void withoutAQuorumNothingIsAcknowledgedAndItGoesOnWithOne() {
        JournalState state = new JournalState();
        ConsensusGroup group = follow(state);
        applied(group, "a");
        peers.stop(1);
        peers.stop(2);

        assertThat(outcome(group.submit(JournalState.entry("b")))).isNotInstanceOf(Submission.Applied.class);
        assertThat(state.texts()).containsExactly("a");

        peers.start(1);
        applied(group, "c");
        assertThat(state.texts()).startsWith("a").endsWith("c");
    }

    @Test
    void countsTheLogOfTheReplicaThatItFollows() {
        ConsensusGroup group = follow(new JournalState());
        long before = group.logBytes();
        applied(group, "x".repeat(500_000));
        assertThat(group.logBytes()).isGreaterThanOrEqualTo(before + 500_000);
        Eventually.holds(
                () -> Math.abs(group.logBytes() - peers.group(peers.leader()).logBytes()) < 50_000);
    }

    @Test
    void everyNodeKnowsTheReplicasAndHowFarBehindTheyAre() {
        ConsensusGroup group = follow(new JournalState());
        applied(group, "before", 3);
        Eventually.holds(() -> behind(group).equals(List.of(0L, 0L, 0L)));

        int leader = peers.leader();
        int stopped = leader % 3 + 1;
        int other = stopped % 3 + 1;
        peers.stop(stopped);
        applied(group, "after", 5);

        for (ConsensusGroup knows : List.of(group, peers.group(leader), peers.group(other))) {
            Eventually.holds(() -> knows.replicas().size() == 3
                    && knows.replicas().stream()
                            .filter(lag -> lag.peer().node().value() == stopped)
                            .allMatch(lag -> lag.entriesBehind().orElse(0) >= 5)
                    && knows.replicas().stream()
                            .filter(lag -> lag.peer().node().value() != stopped)
                            .allMatch(lag -> lag.entriesBehind().orElse(9) == 0));
        }
    }

    private static List<Long> behind(ConsensusGroup group) {
        return group.replicas().stream()
                .map(lag -> lag.entriesBehind().orElse(-1))
                .toList();
    }
}
