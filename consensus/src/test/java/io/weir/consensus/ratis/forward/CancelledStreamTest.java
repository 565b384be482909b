package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.identity.NodeId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.junit.jupiter.api.Test;

/** Answers that were on their way to this peer when it cancelled what they belong to. */
class CancelledStreamTest {
    private static final Leader LEADER = new Leader(new NodeId(1), 1);
    private static final Leader NEXT = new Leader(new NodeId(3), 2);

    private final FakeChannel channel = new FakeChannel();
    private boolean isNextKnown = true;
    private final Forwarder forwarder = new Forwarder(
            "journal",
            new PeerId(new NodeId(2), 1),
            node -> node.equals(LEADER.node()) || isNextKnown ? Optional.of(channel) : Optional.empty(),
            Duration.ofSeconds(60));

    private CompletableFuture<Submission> submit(Leader leader) {
        return forwarder.submit(FakeLeader.entry("entry"), leader);
    }

    private FakeChannel.Call<?, ?> call(int number) {
        return channel.calls().get(number);
    }

    private static void isRefused(CompletableFuture<Submission> submitted) {
        assertThat(submitted).isCompletedWithValueMatching(NotAccepted.class::isInstance);
    }

    @Test
    void whatWasSentBeforeIsAnsweredThoughAStreamOpensAfterItWasCancelled() {
        // Given an entry of which nobody knows whether it came, and a stream that is being opened
        CompletableFuture<Submission> sent = submit(LEADER);
        call(0).answer(new FromLeader.Opened(0));
        call(0).close(Status.UNAVAILABLE);
        CompletableFuture<Submission> unsent = submit(LEADER);
        // When it opens while another leads already
        CompletableFuture<Submission> next = submit(NEXT);
        assertThat(call(1).isCancelled()).isTrue();
        call(1).answer(new FromLeader.Opened(0));
        call(1).close(Status.CANCELLED);
        // Then each has an answer, by the next term at the latest
        isRefused(unsent);
        forwarder.applied(new LogPosition(NEXT.term(), 1));
        isRefused(sent);
        assertThat(next).isNotDone();
        assertThat(call(1).sent()).isEqualTo(1);
    }

    @Test
    void aLeaderThatIsHeardOfAgainIsAskedAnewAndWhatItSaidBeforeRefusesNothing() {
        isNextKnown = false;
        CompletableFuture<Submission> first = submit(LEADER);
        isRefused(submit(NEXT));
        assertThat(call(0).isCancelled()).isTrue();

        CompletableFuture<Submission> second = submit(LEADER);
        call(1).answer(new FromLeader.Opened(0));
        call(0).answer(new FromLeader.Opened(0));
        call(0).close(Status.CANCELLED);

        isRefused(first);
        assertThat(second).isNotDone();
        assertThat(call(1).sent()).isEqualTo(2);
    }

    @Test
    void nothingIsSentBehindAnAnswerThatIsNone() {
        CompletableFuture<Submission> first = submit(LEADER);
        call(0).answer(Packet.of(ByteBuffer.allocate(1)));
        assertThat(call(0).isCancelled()).isTrue();
        isRefused(first);

        CompletableFuture<Submission> second = submit(LEADER);
        call(0).close(Status.CANCELLED);
        call(1).answer(new FromLeader.Opened(0));

        assertThat(second).isNotDone();
        assertThat(call(1).sent()).isEqualTo(2);
    }
}
