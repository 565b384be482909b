package io.weir.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Consensus} promises; an implementation runs it by saying how it is started and started again. */
public abstract class ConsensusContract {
    private static final String GROUP = "journal";

    private Consensus consensus;
    private JournalState state;
    private ConsensusGroup group;

    /** A consensus on the same disks as the one before it in this test. */
    protected abstract Consensus start() throws Exception;

    @BeforeEach
    void open() throws Exception {
        consensus = start();
        state = new JournalState();
        group = ready(consensus.open(GROUP, state));
    }

    @AfterEach
    void close() {
        consensus.close();
    }

    private void restart() throws Exception {
        consensus.close();
        open();
    }

    /** One that has applied everything that was acknowledged. */
    private ConsensusGroup ready(ConsensusGroup opened) {
        Eventually.holds(() -> isReady(opened.leadership()) && passesABarrier(opened));
        return opened;
    }

    /** The leader that is known here may be another by now, or not know yet that it leads. */
    private static boolean passesABarrier(ConsensusGroup group) {
        try {
            group.barrier().orTimeout(60, TimeUnit.SECONDS).join();
            return true;
        } catch (CompletionException failed) {
            assertThat(ServiceException.of(failed).code()).isEqualTo(FailureCode.NOT_LEADER);
            return false;
        }
    }

    /** Whether a peer that is in this position can be submitted to, as a test wants it. */
    protected boolean isReady(Leadership leadership) {
        return leadership instanceof Leadership.Leading;
    }

    private static long term(Leadership leadership) {
        return switch (leadership) {
            case Leadership.Leading(long term) -> term;
            case Leadership.Following(Optional<Leader> leader) ->
                leader.orElseThrow().term();
        };
    }

    private Submission submit(String text) throws Exception {
        return group.submit(JournalState.entry(text)).get(60, TimeUnit.SECONDS);
    }

    private LogPosition applied(String text) throws Exception {
        Submission submission = submit(text);
        assertThat(submission).isInstanceOf(Submission.Applied.class);
        return ((Submission.Applied) submission).position();
    }

    private PreparedSnapshot prepared() throws Exception {
        return prepared(group);
    }

    /** A snapshot that purges what a group reads, wherever its log is. */
    protected PreparedSnapshot prepared(ConsensusGroup of) throws Exception {
        return of.prepareSnapshot().get(60, TimeUnit.SECONDS);
    }

    @Test
    void repliesWithTheStatesOwnObject() throws Exception {
        assertThat(submit("a"))
                .isInstanceOfSatisfying(
                        Submission.Applied.class, it -> assertThat(it.reply()).isEqualTo(0));
        assertThat(submit("b"))
                .isInstanceOfSatisfying(
                        Submission.Applied.class, it -> assertThat(it.reply()).isEqualTo(1));
    }

    @Test
    void appliesOneThreadsEntriesInOrder() throws Exception {
        List<CompletableFuture<Submission>> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            all.add(group.submit(JournalState.entry("e" + i)));
        }
        for (CompletableFuture<Submission> each : all) {
            assertThat(each.get(60, TimeUnit.SECONDS)).isInstanceOf(Submission.Applied.class);
        }
        assertThat(state.texts())
                .containsExactlyElementsOf(
                        IntStream.range(0, 500).mapToObj(i -> "e" + i).toList());
    }

    @Test
    void takesAnEntryOfATermInNoOther() throws Exception {
        Leadership now = group.leadership();
        for (long other : new long[] {term(now) - 1, term(now) + 1}) {
            assertThat(submit("of another term", other))
                    .isInstanceOfSatisfying(
                            Submission.NotAccepted.class,
                            it -> assertThat(it.code()).isEqualTo(FailureCode.NOT_LEADER));
        }
        boolean leads = now instanceof Leadership.Leading;

        assertThat(submit("of this one", term(now)))
                .isInstanceOf(leads ? Submission.Applied.class : Submission.NotAccepted.class);

        applied("of any");
        assertThat(state.texts()).isEqualTo(leads ? List.of("of this one", "of any") : List.of("of any"));
    }

    private Submission submit(String text, long term) throws Exception {
        return group.submit(JournalState.entry(text), term).get(60, TimeUnit.SECONDS);
    }

    @Test
    void recoversWhatWasApplied() throws Exception {
        applied("a");
        LogPosition last = applied("b");

        restart();

        assertThat(state.texts()).containsExactly("a", "b");
        assertThat(group.applied()).isGreaterThanOrEqualTo(last);
        assertThat(submit("c"))
                .isInstanceOfSatisfying(
                        Submission.Applied.class, it -> assertThat(it.reply()).isEqualTo(2));
    }

    @Test
    void isLedInAHigherTermAfterARestart() throws Exception {
        Leadership before = group.leadership();
        restart();
        Leadership after = group.leadership();
        assertThat(term(after)).isGreaterThan(term(before));
        Eventually.holds(() -> state.leaderships().contains(after));
    }

    @Test
    void keepsGroupsApart() throws Exception {
        JournalState other = new JournalState();
        ConsensusGroup second = ready(consensus.open("other", other));
        applied("a");
        second.submit(JournalState.entry("b")).get(60, TimeUnit.SECONDS);

        assertThat(state.texts()).containsExactly("a");
        assertThat(other.texts()).containsExactly("b");
    }

    @Test
    void preparedSnapshotChangesNothing() throws Exception {
        LogPosition first = applied("a");
        PreparedSnapshot prepared = prepared();
        applied("b");
        assertThat(prepared.position()).isGreaterThanOrEqualTo(first);
        assertThat(JournalState.text(group.read(first.index()))).isEqualTo("a");

        restart();

        assertThat(state.texts()).containsExactly("a", "b");
    }

    @Test
    void publishedSnapshotPurgesTheLogAndIsRestored() throws Exception {
        LogPosition first = applied("a");
        PreparedSnapshot prepared = prepared();
        LogPosition second = applied("b");

        prepared.publish().get(60, TimeUnit.SECONDS);

        assertThatThrownBy(() -> group.read(first.index()))
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.OBJECT_MISSING));
        assertThat(JournalState.text(group.read(second.index()))).isEqualTo("b");
        restart();
        assertThat(state.texts()).containsExactly("a", "b");
        applied("c");
        restart();
        assertThat(state.texts()).containsExactly("a", "b", "c");
    }

    @Test
    void publishesASnapshotBehindWhichNothingCame() throws Exception {
        applied("a");
        prepared().publish().get(60, TimeUnit.SECONDS);
        prepared().publish().get(60, TimeUnit.SECONDS);
        restart();
        assertThat(state.texts()).containsExactly("a");
    }

    @Test
    void discardedSnapshotIsForgotten() throws Exception {
        applied("a");
        prepared().discard();
        prepared().publish().get(60, TimeUnit.SECONDS);
        restart();
        assertThat(state.texts()).containsExactly("a");
    }

    @Test
    void readsEntriesBackInAnyOrder() throws Exception {
        List<LogPosition> positions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            positions.add(applied("e" + i));
        }
        for (int i : new int[] {0, 1, 2, 10, 5, 19, 0}) {
            assertThat(JournalState.text(group.read(positions.get(i).index()))).isEqualTo("e" + i);
        }
        assertThatThrownBy(() -> group.read(positions.getLast().index() + 100)).isInstanceOf(ServiceException.class);
    }

    @Test
    void ownEntriesReadAsEmpty() throws Exception {
        LogPosition first = applied("a");
        assertThat(first.index()).isPositive();
        assertThat(group.read(0)).isEmpty();
    }

    @Test
    void barrierWaitsForWhatWasCommitted() throws Exception {
        CompletableFuture<Submission> submitted = group.submit(JournalState.entry("a"));
        submitted.get(60, TimeUnit.SECONDS);
        group.barrier().get(60, TimeUnit.SECONDS);
        assertThat(state.texts()).containsExactly("a");
    }

    @Test
    void logGrowsWithWhatIsSubmitted() throws Exception {
        long before = group.logBytes();
        applied("x".repeat(100_000));
        assertThat(group.logBytes()).isGreaterThanOrEqualTo(before + 100_000);
    }

    @Test
    void refusesTheEntryThatIsOneByteTooLarge() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> group.submit(
                        List.of(ByteBuffer.allocate(ConsensusGroup.MAX_ENTRY_BYTES), ByteBuffer.allocate(1))));
    }

    @Test
    void takesTheLargestEntry() throws Exception {
        byte[] large = new byte[ConsensusGroup.MAX_ENTRY_BYTES];
        java.util.Arrays.fill(large, (byte) 'x');
        Submission submission = group.submit(List.of(ByteBuffer.wrap(large))).get(30, TimeUnit.SECONDS);
        assertThat(submission).isInstanceOf(Submission.Applied.class);
    }

    @Test
    void failsVisiblyWhenTheStateThrows() throws Exception {
        applied("a");
        assertThat(submit("throw")).isInstanceOf(Submission.Unknown.class);

        assertThat(group.failure()).isPresent();
        assertThat(submit("b")).isInstanceOf(Submission.NotAccepted.class);
    }

    @Test
    void closedGroupAcceptsNothing() throws Exception {
        applied("a");
        group.close();
        assertThat(submit("b"))
                .isInstanceOfSatisfying(
                        Submission.NotAccepted.class,
                        it -> assertThat(it.code()).isEqualTo(FailureCode.SHUTTING_DOWN));
        state = new JournalState();
        group = ready(consensus.open(GROUP, state));
        assertThat(state.texts()).containsExactly("a");
    }

    @Test
    void futuresNeverFailWhateverTheTime() throws Exception {
        List<CompletableFuture<Submission>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(group.submit(JournalState.entry("e" + i)));
            if (i == 100) {
                group.close();
            }
        }
        for (CompletableFuture<Submission> each : all) {
            assertThat(each).succeedsWithin(60, TimeUnit.SECONDS);
        }
        assertThat(all.getLast().join()).isInstanceOf(Submission.NotAccepted.class);
    }
}
