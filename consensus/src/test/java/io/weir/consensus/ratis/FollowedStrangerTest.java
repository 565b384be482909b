package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node without a replica that first asks one that is no peer of the group, or one that has no leader. */
class FollowedStrangerTest {
    private static final String WRITER_STARTS = "SegmentedRaftLogWorker.runWorker";
    private static final int WIPED = 3;
    private static final int STRANGER = 4;
    /** Asks the last of three first, and the last of four. */
    private static final NodeId NODE = new NodeId(11);

    private static final Duration LONG = Peers.ELECTION_TIMEOUT.multipliedBy(6);

    @TempDir
    private Path directory;

    private final CountDownLatch works = new CountDownLatch(1);
    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new);
        peers.startAll();
    }

    @AfterEach
    void stop() {
        works.countDown();
        peers.close();
        CodeInjectionForTesting.remove(WRITER_STARTS);
    }

    /** What was there when somebody was known to lead for the first time. */
    private static final class Serving extends JournalState {
        final CompletableFuture<List<String>> served = new CompletableFuture<>();

        @Override
        public void leadershipChanged(Leadership leadership) {
            super.leadershipChanged(leadership);
            if (!leadership.equals(new Leadership.Following())) {
                served.complete(texts());
            }
        }
    }

    @Test
    void leavesOneThatNobodyHasAdmitted() {
        applied(peers.group(peers.leader()), "before");
        int port = FreePorts.next();
        peers.joinKnowing(STRANGER, port);
        List<Peer> first = new ArrayList<>(peers.founders());
        first.add(new Peer(new PeerId(new NodeId(STRANGER), 1), "127.0.0.1", port));
        try (FollowingConsensus gateway = peers.follow(NODE, first, new SimpleMeterRegistry())) {
            JournalState state = new JournalState();
            ConsensusGroup group = gateway.open(Peers.GROUP, state);
            applied(group, "after");
            assertThat(state.texts()).containsExactly("before", "after");
        }
        assertThat(peers.membership(STRANGER).peers()).isEmpty();
    }

    /** A wiped one, of the same address, which is sent what it needs to be admitted, and does not get on. */
    private void holdBeforeItIsAdmitted() throws IOException {
        String former = peers.nameOf(WIPED).toString();
        peers.stop(WIPED);
        Trees.delete(peers.directoryOf(WIPED));
        CodeInjectionForTesting.put(WRITER_STARTS, (local, remote, arguments) -> {
            boolean isNew = local.toString().startsWith(WIPED + ".")
                    && !local.toString().equals(former);
            return isNew && HeldAnswers.awaited(works);
        });
        peers.start(WIPED);
        Eventually.holds(() -> peers.group(WIPED).leadership() instanceof Leadership.Following(Optional<Leader> leader)
                && leader.isPresent()
                && !peers.membership(WIPED).peers().isEmpty());
    }

    @Test
    void knowsOfNoLeaderByOneThatIsAboutToBeAdmittedAndHasNothing() throws Exception {
        applied(peers.group(peers.leader()), "before");
        holdBeforeItIsAdmitted();
        try (FollowingConsensus gateway = peers.follow(NODE, new SimpleMeterRegistry())) {
            Serving state = new Serving();
            gateway.open(Peers.GROUP, state);
            assertThat(state.served).succeedsWithin(60, TimeUnit.SECONDS).isEqualTo(List.of("before"));
        }
    }

    @Test
    void oneThatIsAboutToBeAdmittedSaysThatItIsAsGoodAsCutOff() throws Exception {
        applied(peers.group(peers.leader()), "before");
        holdBeforeItIsAdmitted();
        RatisGroup group = (RatisGroup) peers.group(WIPED);
        Duration age = Optional.ofNullable(group.running()).orElseThrow().age();
        assertThat(group.followed().news().silence()).isGreaterThanOrEqualTo(age);
    }

    @Test
    void oneThatNobodyVotesForSaysForHowLongNobodyLeadsWhileItFollows() throws Exception {
        applied(peers.group(peers.leader()), "before");
        Eventually.holds(() -> peers.state(1).texts().equals(List.of("before")));
        RatisGroup alone = (RatisGroup) peers.group(1);
        RaftServer.Division division = peers.division(1);
        // When those are gone who would vote
        peers.stop(2);
        peers.stop(3);
        // Then it says so between its elections, too, which fail at once
        Eventually.holds(() -> division.getInfo().isFollower()
                && alone.followed().news().silence().compareTo(LONG) > 0
                && division.getInfo().isFollower());
    }

    private static void applied(ConsensusGroup group, String text) {
        Eventually.holds(() -> group.submit(JournalState.entry(text))
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof Submission.Applied);
    }
}
