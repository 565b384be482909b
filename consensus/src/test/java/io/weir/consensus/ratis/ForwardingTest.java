package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.consensus.ratis.forward.LeaderSide;
import io.weir.consensus.ratis.forward.Origin;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.ClientId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a peer that follows promises to who submits there, beyond the contract. */
class ForwardingTest {
    private static final int LEADER = 1;
    private static final int FOLLOWER = 2;
    private static final int NEXT = 3;
    private static final String BUG = "bug";

    @TempDir
    private Path directory;

    private Peers<Heard> peers;

    /** A journal that keeps who passed a barrier. */
    private static final class Heard implements ReplicatedState {
        private final JournalState journal = new JournalState();
        private final List<NodeId> heard = new CopyOnWriteArrayList<>();
        private final List<NodeId> lost = new CopyOnWriteArrayList<>();
        private volatile CountDownLatch mayAnswer = new CountDownLatch(0);
        private volatile CountDownLatch mayThrow = new CountDownLatch(0);
        private volatile CountDownLatch mayStop = new CountDownLatch(0);
        private volatile boolean throwsAtBug;
        private volatile boolean threw;

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
            if (throwsAtBug && JournalState.text(entry).equals(BUG)) {
                await(mayThrow);
                threw = true;
                throw new IllegalStateException("the test asked for it");
            }
            return journal.apply(position, entry);
        }

        @Override
        public Frozen freeze() {
            return journal.freeze();
        }

        @Override
        public void heardFrom(NodeId node) {
            heard.add(node);
            await(mayAnswer);
        }

        /** The first thing that its group does after it threw. */
        @Override
        public void leadershipChanged(Leadership leadership) {
            if (threw) {
                await(mayStop);
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

        @Override
        public void connectionLost(NodeId node) {
            lost.add(node);
        }
    }

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, Heard::new).withElectionTimeout(Duration.ofMillis(1500));
        peers.startAll();
        peers.stand(LEADER);
        lead(LEADER);
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    private void lead(int node) {
        peers.lead(node);
        for (int other : peers.nodes()) {
            Eventually.holds(() -> switch (peers.group(other).leadership()) {
                case Leadership.Leading _ -> other == node;
                case Leadership.Following following ->
                    following.leader().filter(it -> it.node().value() == node).isPresent();
            });
        }
    }

    private List<String> texts(int node) {
        return peers.state(node).journal.texts();
    }

    private static Submission outcome(CompletableFuture<Submission> submitted) {
        assertThat(submitted).succeedsWithin(60, TimeUnit.SECONDS);
        return submitted.join();
    }

    @Test
    void entriesOfOneThreadAreAppliedInOrder() {
        ConsensusGroup group = peers.group(FOLLOWER);
        List<String> texts = new ArrayList<>();
        List<CompletableFuture<Submission>> submitted = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            texts.add("e" + i);
            submitted.add(group.submit(JournalState.entry(texts.getLast())));
        }
        for (CompletableFuture<Submission> each : submitted) {
            assertThat(outcome(each)).isInstanceOf(Submission.Applied.class);
        }
        assertThat(texts(FOLLOWER)).isEqualTo(texts);
        Eventually.holds(() -> texts(LEADER).equals(texts));
    }

    @Test
    void aBarrierAtAFollowerSeesWhatTheLeaderAcknowledged() {
        for (int i = 0; i < 50; i++) {
            int count = i + 1;
            assertThat(outcome(peers.group(LEADER).submit(JournalState.entry("e" + i))))
                    .isInstanceOf(Submission.Applied.class);
            assertThat(peers.group(FOLLOWER).barrier()).succeedsWithin(60, TimeUnit.SECONDS);
            assertThat(texts(FOLLOWER)).hasSize(count);
        }
        assertThat(peers.state(LEADER).heard).hasSize(50).containsOnly(new NodeId(FOLLOWER));
        assertThat(peers.state(FOLLOWER).heard).isEmpty();
    }

    @Test
    void barriersDoNotWaitForAFormerLeaderThatAnswersNoMore() {
        CountDownLatch late = new CountDownLatch(1);
        Heard former = peers.state(LEADER);
        former.mayAnswer = late;
        try {
            // Given barriers that have been asked of a leader that does not answer, and wait behind those
            List<CompletableFuture<Void>> stuck = new ArrayList<>(List.of(barrierAtTheFollower()));
            Eventually.holds(() -> former.heard.contains(new NodeId(FOLLOWER)));
            stuck.add(barrierAtTheFollower());
            // When another leads
            lead(NEXT);
            // Then they are asked there, where they pass unless it was only just elected
            for (CompletableFuture<Void> each : stuck) {
                assertThat(each.handle((passed, failure) ->
                                failure == null || ServiceException.of(failure).code() == FailureCode.NOT_LEADER))
                        .succeedsWithin(60, TimeUnit.SECONDS)
                        .isEqualTo(true);
            }
            Eventually.holds(() -> barrierAtTheFollower()
                    .handle((passed, failure) -> failure == null)
                    .join());
            assertThat(peers.state(NEXT).heard).contains(new NodeId(FOLLOWER));
        } finally {
            late.countDown();
        }
    }

    private CompletableFuture<Void> barrierAtTheFollower() {
        return peers.group(FOLLOWER).barrier();
    }

    @Test
    void theLeaderIsToldAtOnceOfAnAskerThatIsGone() {
        assertThat(peers.group(FOLLOWER).barrier()).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(peers.state(LEADER).lost).isEmpty();
        peers.stop(FOLLOWER);
        Eventually.holds(() -> peers.state(LEADER).lost.contains(new NodeId(FOLLOWER)));
    }

    @Test
    void whatWasInFlightWhenTheLeaderStopsIsAppliedOnceOrNever() {
        for (int round = 0; round < 3; round++) {
            int leader = peers.leader();
            int follower = peers.nodes().stream()
                    .filter(node -> node != leader)
                    .findFirst()
                    .orElseThrow();
            lead(leader);
            ConsensusGroup group = peers.group(follower);
            List<CompletableFuture<Submission>> submitted = new ArrayList<>();
            List<String> texts = new ArrayList<>();
            Thread stopping = Thread.ofPlatform().unstarted(() -> peers.stop(leader));
            for (int i = 0; i < 900; i++) {
                if (i == 300) {
                    outcome(submitted.getFirst());
                    stopping.start();
                }
                texts.add("round" + round + "-" + i);
                submitted.add(group.submit(JournalState.entry(texts.getLast())));
            }
            List<String> applied = new ArrayList<>();
            List<String> refused = new ArrayList<>();
            for (int i = 0; i < submitted.size(); i++) {
                switch (outcome(submitted.get(i))) {
                    case Submission.Applied _ -> applied.add(texts.get(i));
                    case Submission.NotAccepted _ -> refused.add(texts.get(i));
                    case Submission.Unknown(String message) -> throw new AssertionError(message);
                }
            }
            join(stopping);
            assertThat(applied).isNotEmpty();
            peers.start(leader);
            for (int node : peers.nodes()) {
                Eventually.holds(() -> texts(node).containsAll(applied));
                assertThat(texts(node)).doesNotContainAnyElementsOf(refused).doesNotHaveDuplicates();
            }
            assertThat(Collections.disjoint(applied, refused)).isTrue();
        }
    }

    @Test
    void whatComesBehindAnEntryThatTheStateThrewAtIsInDoubt() {
        // Given a follower that comes to two of its own entries, of which the first is one that its state throws at
        Heard state = peers.state(FOLLOWER);
        state.throwsAtBug = true;
        state.mayThrow = new CountDownLatch(1);
        state.mayStop = new CountDownLatch(1);
        CompletableFuture<Submission> first = peers.group(FOLLOWER).submit(JournalState.entry(BUG));
        CompletableFuture<Submission> second = peers.group(FOLLOWER).submit(JournalState.entry("behind"));
        try {
            Eventually.holds(() -> texts(LEADER).contains("behind"));

            // When it throws, and the group is not ended yet when the second comes
            state.mayThrow.countDown();

            // Then nobody waits for either for ever
            assertThat(outcome(first)).isInstanceOf(Submission.Unknown.class);
            assertThat(outcome(second))
                    .isInstanceOfSatisfying(
                            Submission.Unknown.class,
                            it -> assertThat(it.message()).contains("threw in front"));
        } finally {
            state.mayStop.countDown();
        }
    }

    private static LeaderSide leaderSide(ConsensusGroup group) {
        return ((RatisGroup) group).leading();
    }

    @Test
    void anEntryThatNamesAnotherTermIsRefusedWhereTheTermIsSettled() {
        ConsensusGroup group = peers.group(LEADER);
        Leadership before = group.leadership();
        long term = ((Leadership.Leading) before).term();
        RunningGroup running =
                Optional.ofNullable(((RatisGroup) group).running()).orElseThrow();
        ClientId client = ClientId.randomId();
        // Given an entry that has passed every check but the last, as in a leader that was paused and leads anew
        Proposal late = new Proposal(JournalState.entry("late"), 4, 0, new Origin(client, 1, term - 1));
        Proposal early = new Proposal(JournalState.entry("early"), 5, 0, new Origin(client, 2, term + 1));
        Proposal now = new Proposal(JournalState.entry("now"), 3, 0, new Origin(client, 3, term));

        for (Proposal refused : List.of(late, early)) {
            assertThat(running.submit(refused))
                    .succeedsWithin(60, TimeUnit.SECONDS)
                    .satisfies(reply -> {
                        assertThat(reply.isSuccess()).isFalse();
                        assertThat(reply.getException()).hasMessageContaining("Not in term " + term);
                    });
            refused.abandoned(FailureCode.NOT_LEADER, "refused");
            assertThat(outcome(refused.outcome())).isInstanceOf(Submission.NotAccepted.class);
        }
        assertThat(running.submit(now)).succeedsWithin(60, TimeUnit.SECONDS);

        assertThat(outcome(now.outcome())).isInstanceOf(Submission.Applied.class);
        assertThat(texts(LEADER)).containsExactly("now");
        assertThat(group.leadership()).isEqualTo(before);
    }

    @Test
    void anEntryOfTheLargestSizeIsForwardedAndOneByteMoreIsRefusedByTheLeaderToo() {
        byte[] largest = new byte[1 << 20];
        Arrays.fill(largest, (byte) 'x');
        assertThat(outcome(peers.group(FOLLOWER).submit(List.of(ByteBuffer.wrap(largest)))))
                .isInstanceOf(Submission.Applied.class);

        long term = ((Leadership.Leading) peers.group(LEADER).leadership()).term();
        Submission refused = outcome(leaderSide(peers.group(LEADER))
                .take(
                        new Origin(ClientId.randomId(), 1, term),
                        List.of(ByteBuffer.wrap(largest), ByteBuffer.allocate(1))));

        assertThat(refused)
                .isInstanceOfSatisfying(
                        Submission.NotAccepted.class,
                        it -> assertThat(it.message()).contains("1048577 bytes"));
    }

    @Test
    void onlyAMemberOrANodeWithoutReplicaMaySubmitAndOnlyInTheLeadersTerm() {
        long term = ((Leadership.Leading) peers.group(LEADER).leadership()).term();
        PeerId member = peers.membership(FOLLOWER).self();
        assertThat(leaderSide(peers.group(LEADER)).leadsIn(term, member)).isEmpty();
        assertThat(leaderSide(peers.group(LEADER)).leadsIn(term - 1, member)).isPresent();
        assertThat(leaderSide(peers.group(LEADER)).leadsIn(term + 1, member)).isPresent();
        assertThat(leaderSide(peers.group(LEADER)).leadsIn(term, new PeerId(new NodeId(9), 1)))
                .isEmpty();
        assertThat(leaderSide(peers.group(LEADER)).leadsIn(term, new PeerId(member.node(), 7)))
                .isPresent();
        assertThat(leaderSide(peers.group(FOLLOWER)).leadsIn(term, member)).isPresent();
        assertThat(leaderSide(peers.group(FOLLOWER)).confirm(member)).failsWithin(60, TimeUnit.SECONDS);
    }

    private static void join(Thread thread) {
        try {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
