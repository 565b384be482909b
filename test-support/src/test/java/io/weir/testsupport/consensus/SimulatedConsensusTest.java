package io.weir.testsupport.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SimulatedConsensusTest {
    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final JournalState state = new JournalState();
    private final List<CompletableFuture<Submission>> submitted = new ArrayList<>();

    private SimulatedGroup opened() {
        SimulatedGroup group = consensus.open("journal", state);
        consensus.runAll();
        return group;
    }

    @Test
    void followsUntilTheFirstStep() {
        SimulatedGroup group = consensus.open("journal", state);
        assertThat(group.submit(JournalState.entry("early")).join())
                .isInstanceOfSatisfying(
                        Submission.NotAccepted.class,
                        it -> assertThat(it.code()).isEqualTo(FailureCode.NOT_LEADER));

        assertThat(consensus.step()).isTrue();

        assertThat(group.leadership()).isEqualTo(new Leadership.Leading(1));
        assertThat(state.leaderships()).containsExactly(new Leadership.Leading(1));
    }

    @Test
    void appliesOneEntryPerStep() {
        SimulatedGroup group = opened();
        CompletableFuture<Submission> a = group.submit(JournalState.entry("a"));
        CompletableFuture<Submission> b = group.submit(JournalState.entry("b"));

        consensus.step();

        assertThat(a.join())
                .isInstanceOfSatisfying(
                        Submission.Applied.class, it -> assertThat(it.reply()).isEqualTo(0));
        assertThat(b).isNotDone();
        assertThat(state.texts()).containsExactly("a");
    }

    @Test
    void crashKeepsAPrefixOfWhatWasNotSynced() {
        SimulatedGroup group = opened();
        submitted.add(group.submit(JournalState.entry("acknowledged")));
        consensus.runAll();
        CompletableFuture<Submission> kept = group.submit(JournalState.entry("kept"));
        CompletableFuture<Submission> lost = group.submit(JournalState.entry("lost"));

        JournalState after = new JournalState();
        SimulatedGroup restarted = group.crashAndRestart(1, after);
        consensus.runAll();

        assertThat(after.texts()).containsExactly("acknowledged", "kept");
        assertThat(kept.join()).isInstanceOf(Submission.Unknown.class);
        assertThat(lost.join()).isInstanceOf(Submission.Unknown.class);
        assertThat(restarted.leadership()).isEqualTo(new Leadership.Leading(2));
        assertThat(group.submit(JournalState.entry("dead")).join()).isInstanceOf(Submission.NotAccepted.class);
    }

    @Test
    void restoresThePublishedSnapshotAndReplaysTheRest() {
        SimulatedGroup group = opened();
        submitted.add(group.submit(JournalState.entry("a")));
        consensus.runAll();
        CompletableFuture<PreparedSnapshot> preparing = group.prepareSnapshot();
        submitted.add(group.submit(JournalState.entry("b")));
        consensus.runAll();
        PreparedSnapshot prepared = preparing.join();
        long before = group.logBytes();
        assertThat(JournalState.text(group.read(prepared.position().index()))).isEqualTo("a");

        CompletableFuture<Void> published = prepared.publish();
        consensus.runAll();
        assertThat(published).isCompleted();

        assertThat(group.logBytes()).isLessThan(before);
        assertThatThrownBy(() -> group.read(prepared.position().index()))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.OBJECT_MISSING));
        JournalState after = new JournalState();
        group.crashAndRestart(0, after);
        assertThat(after.texts()).containsExactly("a", "b");
    }

    @Test
    void refusesADamagedSnapshot() {
        SimulatedGroup group = opened();
        submitted.add(group.submit(JournalState.entry("a")));
        CompletableFuture<PreparedSnapshot> prepared = group.prepareSnapshot();
        consensus.runAll();
        CompletableFuture<Void> published = prepared.join().publish();
        consensus.runAll();
        assertThat(published).isCompleted();
        consensus.crash(0);
        consensus.damageSnapshot("journal");

        assertThatThrownBy(() -> consensus.open("journal", new JournalState()))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.CORRUPT));
    }

    @Test
    void injectsRefusalLossAndRepetition() {
        SimulatedGroup group = opened();
        group.refuseNext(1, FailureCode.STORAGE_FULL);
        assertThat(group.submit(JournalState.entry("refused")).join()).isInstanceOf(Submission.NotAccepted.class);

        group.loseNext(1, SimulatedGroup.Fate.DROPPED);
        assertThat(group.submit(JournalState.entry("dropped")).join()).isInstanceOf(Submission.Unknown.class);

        group.loseNext(1, SimulatedGroup.Fate.APPLIED);
        CompletableFuture<Submission> applied = group.submit(JournalState.entry("applied"));

        group.duplicateNext(1);
        submitted.add(group.submit(JournalState.entry("twice")));
        consensus.runAll();

        assertThat(applied.join()).isInstanceOf(Submission.Unknown.class);
        assertThat(state.texts()).containsExactly("applied", "twice", "twice");
    }

    @Test
    void changesTermWithWaitingEntriesKeptOrDropped() {
        SimulatedGroup group = opened();
        submitted.add(group.submit(JournalState.entry("kept")));
        CompletableFuture<Submission> dropped = group.submit(JournalState.entry("dropped"));
        group.loseLeadership(1);
        group.regainLeadership();
        consensus.runAll();

        assertThat(dropped.join()).isInstanceOf(Submission.Unknown.class);
        assertThat(state.texts()).containsExactly("kept");
        assertThat(state.leaderships())
                .containsExactly(new Leadership.Leading(1), new Leadership.Following(), new Leadership.Leading(2));
    }

    @Test
    void stopsVisiblyWhenTheStateThrows() {
        SimulatedGroup group = opened();
        CompletableFuture<Submission> thrown = group.submit(JournalState.entry("throw"));

        assertThatThrownBy(consensus::step).hasMessage("the test asked for it");

        assertThat(group.failure()).isPresent();
        assertThat(thrown.join()).isInstanceOf(Submission.Unknown.class);
        assertThat(group.submit(JournalState.entry("next")).join()).isInstanceOf(Submission.NotAccepted.class);
    }

    @Test
    void refusesTheEntryAboveItsBound() {
        SimulatedGroup group = opened();
        for (int i = 0; i < SimulatedGroup.MAX_IN_FLIGHT; i++) {
            assertThat(group.submit(JournalState.entry("x"))).isNotDone();
        }
        assertThat(group.submit(JournalState.entry("one more")).join())
                .isInstanceOfSatisfying(
                        Submission.NotAccepted.class,
                        it -> assertThat(it.code()).isEqualTo(FailureCode.OVERLOADED));
    }

    @Test
    void appliesByItselfInAutomaticMode() throws Exception {
        try (SimulatedConsensus automatic = SimulatedConsensus.automatic()) {
            SimulatedGroup group = automatic.open("journal", state);
            Submission submission;
            do {
                submission = group.submit(JournalState.entry("a")).get(60, TimeUnit.SECONDS);
            } while (submission instanceof Submission.NotAccepted);
            assertThat(submission).isInstanceOf(Submission.Applied.class);
            group.barrier().get(60, TimeUnit.SECONDS);
        }
    }
}
