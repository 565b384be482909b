package org.apache.ratis.server.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.ratis.RatisConsensus;
import java.lang.reflect.Proxy;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcReplyProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.impl.ReadIndexHeartbeats.AppendEntriesListener;
import org.apache.ratis.server.leader.LogAppender;
import org.junit.jupiter.api.Test;

/** Reads of a leader of three. */
class ReadIndexHeartbeatsTest {
    private static final long COMMITTED = 7;

    private final Follower first = new Follower("2.1");
    private final Follower second = new Follower("3.1");
    private final ReadIndexHeartbeats heartbeats = new ReadIndexHeartbeats();
    private Predicate<Predicate<RaftPeerId>> majority = this::isEither;

    private boolean isEither(Predicate<RaftPeerId> answered) {
        return answered.test(first.id) || answered.test(second.id);
    }

    private boolean isBoth(Predicate<RaftPeerId> answered) {
        return answered.test(first.id) && answered.test(second.id);
    }

    /** The leader's way to a follower, whose messages are numbered. */
    private final class Follower {
        private final RaftPeerId id;
        private LogAppender appender;
        private long next;
        private int triggered;
        private int appenders;

        Follower(String id) {
            this.id = RaftPeerId.valueOf(id);
            this.appender = newAppender();
        }

        private LogAppender newAppender() {
            int number = ++appenders;
            return (LogAppender) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {LogAppender.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "getFollowerId" -> id;
                        case "getCallId" -> next;
                        case "getCallIdComparator" -> Comparator.<Long>naturalOrder();
                        case "triggerHeartbeat" -> triggered++ < 0;
                        case "equals" -> arguments[0].hashCode() == number;
                        case "hashCode" -> number;
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }

        /** Is begun anew after an error. */
        void restart() {
            next = 0;
            appender = newAppender();
        }

        long send() {
            return next++;
        }

        void answer(long call, boolean success) {
            AppendEntriesReplyProto reply = AppendEntriesReplyProto.newBuilder()
                    .setServerReply(RaftRpcReplyProto.newBuilder()
                            .setCallId(call)
                            .setSuccess(success)
                            .setReplyId(id.toByteString()))
                    .setFollowerCommit(COMMITTED)
                    .build();
            heartbeats.onAppendEntriesReply(appender, reply, majority);
        }
    }

    private CompletableFuture<Long> read() {
        AppendEntriesListener read = heartbeats.addAppendEntriesListener(
                COMMITTED, index -> new AppendEntriesListener(index, List.of(first.appender, second.appender)));
        return Optional.ofNullable(read)
                .map(AppendEntriesListener::getFuture)
                .orElseGet(() -> CompletableFuture.completedFuture(COMMITTED));
    }

    @Test
    void standsBeforeTheClassItReplaces() {
        assertThat(ReadIndexHeartbeats.class.getProtectionDomain().getCodeSource())
                .isEqualTo(RatisConsensus.class.getProtectionDomain().getCodeSource());
    }

    @Test
    void aReadIsConfirmedByAnAnswerToWhatWasSentAfterItBegan() {
        long before = first.send();
        CompletableFuture<Long> read = read();
        assertThat(first.triggered).isEqualTo(1);
        assertThat(second.triggered).isEqualTo(1);
        long after = first.send();

        first.answer(before, true);
        assertThat(read).isNotDone();
        first.answer(after, false);
        assertThat(read).isNotDone();
        first.answer(after, true);
        assertThat(read).isCompletedWithValue(COMMITTED);
    }

    @Test
    void whatConfirmedAnEarlierReadConfirmsNoLaterOne() {
        CompletableFuture<Long> read = read();
        first.answer(first.send(), true);
        assertThat(read).isCompletedWithValue(COMMITTED);

        CompletableFuture<Long> later = read();

        assertThat(later).isNotDone();
        second.answer(second.send(), true);
        assertThat(later).isCompletedWithValue(COMMITTED);
    }

    @Test
    void aLaterReadDoesNotShareTheAnswersThatAnEarlierOneWaitsFor() {
        CompletableFuture<Long> read = read();
        long between = second.send();
        CompletableFuture<Long> later = read();

        second.answer(between, true);

        assertThat(read).isCompletedWithValue(COMMITTED);
        assertThat(later).isNotDone();
        second.answer(second.send(), true);
        assertThat(later).isCompletedWithValue(COMMITTED);
    }

    @Test
    void aWayToAFollowerThatIsBegunAnewNumbersItsMessagesAnew() {
        for (int i = 0; i < 5; i++) {
            first.send();
        }
        CompletableFuture<Long> read = read();
        first.restart();
        long unknown = first.send();
        first.answer(unknown, true);
        assertThat(read).isNotDone();
        assertThat(first.triggered).isEqualTo(2);

        first.answer(first.send(), true);

        assertThat(read).isCompletedWithValue(COMMITTED);
    }

    @Test
    void aReadIsConfirmedByWhoHasAnsweredWhenTheConfigurationAsksForNoMore() {
        majority = this::isBoth;
        CompletableFuture<Long> read = read();
        first.answer(first.send(), true);
        assertThat(read).isNotDone();

        majority = this::isEither;
        first.answer(first.send(), true);

        assertThat(read).isCompletedWithValue(COMMITTED);
    }

    @Test
    void whoLeadsNoMoreConfirmsNothing() {
        CompletableFuture<Long> read = read();
        heartbeats.failListeners(new IllegalStateException("deposed"));

        assertThat(read).isCompletedExceptionally();
        assertThat(read()).isCompletedExceptionally();
        first.answer(first.send(), true);
        assertThat(read).isCompletedExceptionally();
    }
}
