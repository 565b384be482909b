package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.io.grpc.Channel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForwarderTest {
    private static final Leader LEADER = new Leader(FakeLeader.NODE, 1);

    private final PeerChannels channels = new PeerChannels();
    private FakeLeader leader;
    private Forwarder forwarder;

    @BeforeEach
    void start() throws Exception {
        leader = new FakeLeader();
        forwarder = forwarder(Duration.ofSeconds(60));
    }

    @AfterEach
    void stop() {
        channels.close();
        leader.close();
    }

    private Forwarder forwarder(Duration patience) {
        return new Forwarder(FakeLeader.GROUP, FakeLeader.SELF, this::way, patience);
    }

    private Optional<Channel> way(NodeId node) {
        return node.equals(FakeLeader.NODE) ? channels.to(leader.peer()).map(Function.identity()) : Optional.empty();
    }

    private CompletableFuture<Submission> submit(String text) {
        return forwarder.submit(FakeLeader.entry(text), LEADER);
    }

    private List<CompletableFuture<Submission>> submit(int count) {
        return IntStream.range(0, count).mapToObj(i -> submit("e" + i)).toList();
    }

    private void taken(int count) {
        Eventually.holds(() -> leader.taken().size() >= count);
    }

    private static Submission outcome(CompletableFuture<Submission> submitted) {
        assertThat(submitted).succeedsWithin(60, TimeUnit.SECONDS);
        return submitted.join();
    }

    private static void isRefused(CompletableFuture<Submission> submitted, FailureCode code) {
        assertThat(outcome(submitted))
                .asInstanceOf(type(NotAccepted.class))
                .satisfies(it -> assertThat(it.code()).isEqualTo(code));
    }

    /** The stream ends as it does when the leader's process does, without a word. */
    private void breakTheStream() {
        channels.refresh(Stream.empty());
    }

    @Test
    void anEntryIsDoneWhenThisPeerMeetsItInTheLog() {
        List<CompletableFuture<Submission>> submitted = submit(100);
        taken(100);
        assertThat(leader.texts())
                .isEqualTo(IntStream.range(0, 100).mapToObj(i -> "e" + i).toList());
        assertThat(submitted).noneMatch(CompletableFuture::isDone);
        for (int i = 0; i < 100; i++) {
            FakeLeader.apply(forwarder, leader.taken().get(i), i);
            assertThat(outcome(submitted.get(i))).isEqualTo(new Submission.Applied(new LogPosition(1, i), "e" + i));
        }
    }

    @Test
    void aPeerThatIsRemovedWhileItsStreamIsOpenIsRefusedAtOnce() {
        CompletableFuture<Submission> before = submit("before");
        taken(1);

        leader.remove(FakeLeader.SELF);

        isRefused(submit("after"), FailureCode.NOT_LEADER);
        assertThat(leader.texts()).containsExactly("before");
        assertThat(before).isNotDone();
    }

    @Test
    void theFirstRefusalRefusesEverythingBehindIt() {
        leader.room(3);
        List<CompletableFuture<Submission>> submitted = submit(10);
        for (CompletableFuture<Submission> each : submitted.subList(3, 10)) {
            isRefused(each, FailureCode.OVERLOADED);
        }
        assertThat(submitted.subList(0, 3)).noneMatch(CompletableFuture::isDone);
        assertThat(leader.texts()).containsExactly("e0", "e1", "e2");
        // And the next stream is open to what comes now
        leader.room(100);
        CompletableFuture<Submission> next = submit("next");
        taken(4);
        FakeLeader.apply(forwarder, leader.taken().getLast(), 9);
        assertThat(outcome(next)).isInstanceOf(Submission.Applied.class);
        assertThat(submitted.subList(0, 3)).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void aLaterTermSettlesWhatWasHandedOverInAnEarlierOne() {
        List<CompletableFuture<Submission>> submitted = submit(3);
        taken(3);
        FakeLeader.apply(forwarder, leader.taken().getFirst(), 1);

        forwarder.applied(new LogPosition(2, 2));

        assertThat(outcome(submitted.getFirst())).isInstanceOf(Submission.Applied.class);
        isRefused(submitted.get(1), FailureCode.NOT_LEADER);
        isRefused(submitted.get(2), FailureCode.NOT_LEADER);
        // And what would be handed over in that term still
        isRefused(submit("late"), FailureCode.NOT_LEADER);
        assertThat(leader.taken()).hasSize(3);
    }

    /** It was asked for when the leader led in that term; its thread was held up until the leader led again. */
    @Test
    void aStreamOfAnEarlierTermThatOpensLateDoesNotTakeTheNewOnesPlace() {
        Leader again = new Leader(FakeLeader.NODE, 7);
        leader.leadIn(7);
        CompletableFuture<Submission> first = forwarder.submit(FakeLeader.entry("first"), again);
        taken(1);

        leader.leadIn(5);
        CompletableFuture<Submission> late =
                forwarder(Duration.ofSeconds(60)).submit(FakeLeader.entry("late"), new Leader(FakeLeader.NODE, 5));
        isRefused(late, FailureCode.NOT_LEADER);
        leader.leadIn(7);
        CompletableFuture<Submission> second = forwarder.submit(FakeLeader.entry("second"), again);
        taken(2);

        assertThat(leader.texts()).containsExactly("first", "second");
        assertThat(Stream.of(first, second)).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void anEntryOfTheSameTermSettlesNothing() {
        CompletableFuture<Submission> submitted = submit("a");
        taken(1);
        forwarder.applied(new LogPosition(1, 5));
        assertThat(submitted).isNotDone();
    }

    @Test
    void aSnapshotLeavesADoubt() {
        List<CompletableFuture<Submission>> submitted = submit(2);
        taken(2);
        forwarder.skippedTo(new LogPosition(1, 100));
        assertThat(submitted).allSatisfy(it -> assertThat(outcome(it)).isInstanceOf(Submission.Unknown.class));
    }

    @Test
    void whatNeverLeftIsRefused() {
        leader.close();
        isRefused(submit("a"), FailureCode.NOT_LEADER);
        isRefused(forwarder.submit(FakeLeader.entry("b"), new Leader(new NodeId(9), 1)), FailureCode.NOT_LEADER);
    }

    @Test
    void aPeerThatLeadsInAnotherTermRefuses() {
        leader.leadIn(2);
        isRefused(submit("a"), FailureCode.NOT_LEADER);
        assertThat(leader.taken()).isEmpty();
    }

    @Test
    void anUnknownGroupIsRefused() {
        forwarder = new Forwarder("other", FakeLeader.SELF, this::way, Duration.ofSeconds(60));
        isRefused(submit("a"), FailureCode.NOT_LEADER);
    }

    @Test
    void afterABrokenStreamWhatIsNotInTheLogIsRefusedAndOrderHolds() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Submission> first = submit("first");
        taken(1);
        // Given that the leader is slow to take in the second, and the third waits behind it
        leader.holdUp(go);
        CompletableFuture<Submission> second = submit("second");
        CompletableFuture<Submission> third = submit("third");
        assertThat(second).isNotDone();
        // When the stream breaks and the submitter goes on
        breakTheStream();
        var _ = submit("later");
        go.countDown();
        Eventually.holds(() -> {
            var _ = submit("later");
            return leader.texts().contains("later");
        });
        // Then nothing of the old stream comes behind what came by the new one
        List<String> inOrder = new ArrayList<>(List.of("first", "second", "third", "later"));
        List<String> inTheLog = leader.texts().stream().distinct().toList();
        inOrder.retainAll(inTheLog);
        assertThat(inTheLog).isEqualTo(inOrder);
        // And what is not there is refused
        assertThat(first).isNotDone();
        Eventually.holds(() -> second.isDone() == !inTheLog.contains("second"));
        Eventually.holds(() -> third.isDone() == !inTheLog.contains("third"));
    }

    @Test
    void whatWasAppendedAndLostEndsTheStreamAndWaitsForTheTerm() {
        List<CompletableFuture<Submission>> submitted = submit(2);
        taken(2);
        leader.taken().getFirst().outcome().complete(new Submission.Unknown("Leads no more"));
        isRefused(afterTheStreamEnded(), FailureCode.NOT_LEADER);
        assertThat(submitted).noneMatch(CompletableFuture::isDone);
        forwarder.applied(new LogPosition(2, 9));
        assertThat(submitted).allSatisfy(it -> isRefused(it, FailureCode.NOT_LEADER));
    }

    private CompletableFuture<Submission> afterTheStreamEnded() {
        leader.leadIn(2);
        List<CompletableFuture<Submission>> all = new ArrayList<>();
        Eventually.holds(() -> {
            all.add(submit("probe"));
            return all.stream().anyMatch(CompletableFuture::isDone);
        });
        return all.stream().filter(CompletableFuture::isDone).findFirst().orElseThrow();
    }

    /** Of one that was killed, an opening that got lost may be sent again; or there are two by mistake. */
    @Test
    void anotherProcessOfTheSameNodeMakesNobodyForgetWhatWasAppended() {
        CompletableFuture<Submission> appended = submit("appended");
        taken(1);
        openedByAnotherProcess(1);

        CompletableFuture<Submission> behind = submit("behind");
        goesOn();

        isRefused(behind, FailureCode.NOT_LEADER);
        assertThat(appended).isNotDone();
        FakeLeader.apply(forwarder, leader.taken().getFirst(), 1);
        assertThat(outcome(appended)).isInstanceOf(Submission.Applied.class);
    }

    @Test
    void aProcessThatIsForgottenForManyOthersIsToldOfNothingThatItWasRefused() {
        CompletableFuture<Submission> appended = submit("appended");
        taken(1);
        for (int others = 1; others <= ForwardService.MOST_CLIENTS; others++) {
            openedByAnotherProcess(others);
        }

        CompletableFuture<Submission> behind = submit("behind");
        goesOn();
        // Nor when it opens once more: by then both would have been refused, one after the other
        breakTheStream();
        goesOn();

        assertThat(Stream.of(appended, behind)).noneMatch(CompletableFuture::isDone);
    }

    private void openedByAnotherProcess(int number) {
        var _ = forwarder(Duration.ofSeconds(60)).submit(FakeLeader.entry("other"), LEADER);
        taken(1 + number);
    }

    /** Until a stream of its own is the newest, and an entry that came by it is there. */
    private void goesOn() {
        long before = leader.texts().stream().filter("probe"::equals).count();
        Eventually.holds(() -> {
            var _ = submit("probe");
            return leader.texts().stream().filter("probe"::equals).count() > before;
        });
    }

    @Test
    void withoutWordOfItThereIsADoubtInTheEnd() {
        forwarder = forwarder(Duration.ZERO);
        CompletableFuture<Submission> submitted = submit("a");
        taken(1);
        forwarder.tick();
        assertThat(submitted).isNotDone();

        breakTheStream();

        Eventually.holds(() -> {
            forwarder.tick();
            return submitted.isDone();
        });
        assertThat(outcome(submitted)).isInstanceOf(Submission.Unknown.class);
    }

    @Test
    void closingRefusesWhatNeverLeftAndDoubtsTheRest() {
        CompletableFuture<Submission> sent = submit("sent");
        taken(1);
        forwarder.abandon(FailureCode.SHUTTING_DOWN, "closed");
        assertThat(outcome(sent)).isInstanceOf(Submission.Unknown.class);
    }

    @Test
    void onlySoManyNodesMaySubmitInATerm() throws Exception {
        try (FakeLeader small = new FakeLeader(2)) {
            for (int node = 11; node <= 12; node++) {
                assertThat(submittedBy(node, small, 1)).isNotDone();
                int taken = node - 10;
                Eventually.holds(() -> small.taken().size() == taken);
            }
            assertThat(submittedBy(13, small, 1))
                    .succeedsWithin(60, TimeUnit.SECONDS)
                    .asInstanceOf(type(NotAccepted.class))
                    .satisfies(it -> assertThat(it.code()).isEqualTo(FailureCode.OVERLOADED));
            // When the term is over, what the others brought in it may be forgotten
            small.leadIn(2);
            assertThat(submittedBy(13, small, 2)).isNotDone();
            Eventually.holds(() -> small.taken().size() == 3);
        }
    }

    private CompletableFuture<Submission> submittedBy(int node, FakeLeader to, long term) {
        Forwarder other = new Forwarder(
                FakeLeader.GROUP,
                new PeerId(new NodeId(node), 1),
                any -> channels.to(to.peer()).map(Function.identity()),
                Duration.ofSeconds(60));
        return other.submit(FakeLeader.entry("by " + node), new Leader(FakeLeader.NODE, term));
    }
}
