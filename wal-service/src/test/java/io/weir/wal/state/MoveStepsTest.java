package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.Command.TrimPoint;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.Stay;
import io.weir.wal.entry.StreamRange;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MoveStepsTest {
    private static final ShardId OTHER = new ShardId(1);
    private static final long MANY = 3_000;
    /** One copy of what is known of so many streams takes less than a megabyte; one for each of them, hundreds. */
    private static final long A_FEW_COPIES = 30L << 20;

    private final ShardState state = new ShardState(new ShardId(0));

    private void open(long first, long count) {
        state.advance(new LogPosition(1, 0), 1_000);
        assertThat(state.openStreams(
                        new Command.OpenStreams(1, List.of(new StreamRange(first, count, 0, TenantId.DEFAULT)))))
                .isInstanceOf(Reply.Done.class);
    }

    private Reply receive(long move, long stream, int incarnation, long next) {
        return state.receive(new Command.ReceiveStream(
                move,
                1,
                new HandedStream(
                        new StreamRange(stream, 1, incarnation, TenantId.DEFAULT),
                        0,
                        next,
                        List.of(new Stay(OTHER, 0, next, 7)),
                        -1,
                        List.of())));
    }

    private static boolean isTaken(Reply reply) {
        return reply instanceof Reply.Step step && step.taken();
    }

    @Test
    void unsealingAMoveThatNeverSealedSaysSoAndNothingIsSealedAfterwards() {
        open(100, 2);
        assertThat(state.unseal(new Command.UnsealStreams(5))).isInstanceOf(Reply.NeverBegun.class);

        assertThat(isTaken(state.seal(new Command.SealStreams(5, List.of(100L)))))
                .isFalse();
        assertThat(state.moves().isSealed(100)).isFalse();
        assertThat(isTaken(state.unseal(new Command.UnsealStreams(5))))
                .as("whoever asks again is not told what only the first can be")
                .isTrue();
    }

    @Test
    void unsealingAMoveThatSealedDoesNotSayThatItNeverBegan() {
        open(100, 2);
        assertThat(isTaken(state.seal(new Command.SealStreams(5, List.of(100L)))))
                .isTrue();
        assertThat(isTaken(state.unseal(new Command.UnsealStreams(5)))).isTrue();
        assertThat(state.moves().isSealed(100)).isFalse();
    }

    @Test
    void aStreamIsReceivedOnceHoweverOftenAMoveBringsIt() {
        assertThat(isTaken(receive(5, 100, 1, 30))).isTrue();
        assertThat(isTaken(receive(5, 100, 1, 30))).isTrue();
        assertThat(state.streams().next(state.streams().find(100))).isEqualTo(30);
    }

    /** It would go on at the offset where the earlier one left it, over records that were written meanwhile. */
    @Test
    void whatAMoveFindsOfAnEarlierOneIsNotTakenForItsOwn() {
        assertThat(isTaken(receive(5, 100, 1, 30))).isTrue();

        assertThat(isTaken(receive(6, 100, 1, 40))).isFalse();

        state.cancel(new Command.CancelMove(6, List.of(new StreamRange(100, 1, 1, TenantId.DEFAULT))), stream -> {});
        assertThat(isTaken(receive(7, 100, 1, 40))).as("cancelled, it is gone").isTrue();
        assertThat(state.streams().next(state.streams().find(100))).isEqualTo(40);
    }

    /** Where any producer may have been forgotten, the first batch that comes is taken for the next one. */
    @Test
    void aStreamThatNobodyHasWrittenToTellsThatNobodyWasForgotten() {
        open(100, 1);
        assertThat(isTaken(state.seal(new Command.SealStreams(5, List.of(100L)))))
                .isTrue();

        assertThat(state.handed(100).orElseThrow().forgottenProducers()).isEqualTo(-1);
    }

    @Test
    void whomAnotherShardHasForgottenIsRememberedByOneThatNobodyHasWrittenTo() {
        HandedStream handed = new HandedStream(
                new StreamRange(100, 1, 1, TenantId.DEFAULT), 0, 30, List.of(new Stay(OTHER, 0, 30, 7)), 41, List.of());
        assertThat(isTaken(state.receive(new Command.ReceiveStream(5, 1, handed))))
                .isTrue();
        state.openSession(
                new LogPosition(1, 1),
                new Command.OpenSession(Command.NO_SESSION, new ProducerLimits(5, 50, 10_000, 100)));

        assertThat(state.producers().forgotten()).isEqualTo(41);
    }

    @Test
    void forgettingManyStreamsCopiesWhatIsKnownOfMovesOnce() {
        open(100, MANY);
        List<Long> all = LongStream.range(100, 100 + MANY).boxed().toList();
        assertThat(isTaken(state.seal(new Command.SealStreams(5, all)))).isTrue();
        state.release(new Command.ReleaseStreams(5, 2), stream -> {});
        assertThat(state.moves().departed()).hasSize((int) MANY);

        long bytes = allocatedBy(() -> state.forget(new Command.ForgetStreams(all)));

        assertThat(state.moves().departed()).isEmpty();
        assertThat(bytes).isLessThan(A_FEW_COPIES);
    }

    @Test
    void trimmingManyStreamsCopiesWhatIsKnownOfMovesOnce() {
        for (long stream = 100; stream < 100 + MANY; stream++) {
            assertThat(isTaken(receive(5, stream, 1, 30))).isTrue();
        }
        List<TrimPoint> points = LongStream.range(100, 100 + MANY)
                .mapToObj(stream -> new TrimPoint(new StreamId(stream), 30))
                .toList();

        long bytes = allocatedBy(() -> state.trim(new Command.Trim(false, points)));

        assertThat(state.moves().histories()).isEmpty();
        assertThat(bytes).isLessThan(A_FEW_COPIES);
    }

    @Test
    void aTrimKeepsWhatIsAboveIt() {
        receive(5, 100, 1, 30);
        receive(5, 101, 1, 30);
        state.trim(new Command.Trim(
                false, List.of(new TrimPoint(new StreamId(100), 30), new TrimPoint(new StreamId(101), 29))));
        assertThat(state.moves().histories()).containsOnlyKeys(101L);
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
