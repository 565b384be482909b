package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.Stay;
import io.weir.wal.entry.StreamRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream moved between the times at which the copies of shards were made that a restore begins with. */
class RestoredMovesTest {
    private static final long STREAM = 7;
    private static final long AT = 1L << 40;

    private final Life a = new Life(0);
    private final Life b = new Life(1);
    private final Life c = new Life(2);
    private long moves;
    private Set<Long> uncertain = Set.of();

    /** A shard whose log is lost in the end. */
    private static final class Life {
        private static final long SESSION = 1;

        private final ShardState state;
        private final List<Flushed> flushed = new ArrayList<>();
        private long index;
        private long sequence;

        /** What was flushed by one commit. */
        private record Flushed(SegmentRef segment, Map<Long, OffsetRange> offsets) {}

        private Life(int number) {
            state = new ShardState(new ShardId(number));
            state.openSession(
                    next(), new Command.OpenSession(Command.NO_SESSION, new ProducerLimits(5, 50, 10_000, 100)));
        }

        private LogPosition next() {
            LogPosition at = new LogPosition(1, ++index);
            state.advance(at, 1_700_000_000_000L);
            return at;
        }

        private void write(int records) {
            AppendEncoder encoder = EntryCodec.append(1_700_000_000_000L, SESSION, sequence++);
            StreamRange open = state.open().find(STREAM);
            assertThat(open).isNotNull();
            encoder.add(STREAM, open.incarnation(), Batches.plain(records, 8, 1));
            LogPosition at = next();
            Command.Append append =
                    (Command.Append) ((DecodedEntry.Entry) EntryCodec.decode(encoder.encode())).command();
            assertThat(state.append(at, append, added -> {}))
                    .isInstanceOfSatisfying(
                            Reply.Appended.class,
                            reply -> assertThat(reply.outcome(0)).isEqualTo(Outcome.COMMITTED));
        }

        private void flush() {
            Map<Long, OffsetRange> offsets = new HashMap<>();
            for (TailEntry entry : state.unflushed()) {
                for (int i = 0; i < entry.count(); i++) {
                    offsets.merge(
                            entry.stream(i),
                            new OffsetRange(entry.base(i), entry.next(i)),
                            (before, more) -> new OffsetRange(before.from(), more.to()));
                }
            }
            LogRange range = new LogRange(state.flushedUpTo() + 1, index);
            SegmentRef segment =
                    new SegmentRef(new ObjectKey("ab/seg" + range.from()), range, 4096, 128, 0xCAFE, 77, 0);
            next();
            assertThat(state.segmentsCommitted(new Command.SegmentsCommitted(range, Optional.of(segment)), entry -> {}))
                    .isEqualTo(new Reply.Flushed(true, range.upTo()));
            flushed.add(new Flushed(segment, offsets));
        }

        private void writeAndFlush(int records) {
            write(records);
            flush();
        }

        private byte[] copy() throws IOException {
            return SnapshotCodecTest.bytes(state);
        }

        private RestoredShard restored(byte[] copy) throws IOException {
            RestoredShard restored = RestoredShard.read(state.shard(), new ByteArrayInputStream(copy));
            flushed.stream()
                    .filter(each -> each.segment().range().from() > restored.flushedUpTo())
                    .forEach(each -> restored.attach(each.segment(), each.offsets()));
            return restored;
        }
    }

    @BeforeEach
    void open() {
        a.next();
        a.state.openStreams(new Command.OpenStreams(1, List.of(range(0))));
    }

    private static StreamRange range(int incarnation) {
        return new StreamRange(STREAM, 1, incarnation, TenantId.DEFAULT);
    }

    private void move(Life from, Life to) {
        receive(from, to);
        from.next();
        from.state.release(new Command.ReleaseStreams(moves, 1), stream -> {});
    }

    private void receive(Life from, Life to) {
        from.next();
        assertThat(from.state.seal(new Command.SealStreams(++moves, List.of(STREAM))))
                .isEqualTo(Reply.Step.TAKEN);
        from.flush();
        HandedStream handed = from.state.handed(STREAM).orElseThrow();
        to.next();
        assertThat(to.state.receive(new Command.ReceiveStream(moves, 1, handed)))
                .isEqualTo(Reply.Step.TAKEN);
    }

    /** What the three go on with. */
    private record Restored(ShardState a, ShardState b, ShardState c) {}

    /** Places the stream at one of them; a copy that is not given was made at the end. */
    private Restored restore(Life home, Map<Life, byte[]> copies) throws IOException {
        List<RestoredShard> shards = new ArrayList<>();
        for (Life life : List.of(a, b, c)) {
            RestoredShard restored = life.restored(copies.getOrDefault(life, life.copy()));
            restored.place(life == home ? List.of(range(5)) : List.of());
            shards.add(restored);
        }
        uncertain = RestoredMoves.settle(shards);
        return new Restored(written(a, shards.get(0)), written(b, shards.get(1)), written(c, shards.get(2)));
    }

    private static ShardState written(Life life, RestoredShard restored) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        restored.writeTo(out, new Restoration(1), new LogPosition(9, AT), 50);
        return SnapshotCodec.read(life.state.shard(), new ByteArrayInputStream(out.toByteArray()));
    }

    /** Shard, first offset and end of each stay. */
    private static List<Tuple> history(ShardState state) {
        return state.moves().history(STREAM).stream()
                .map(stay -> Tuple.tuple(stay.shard().value(), stay.from(), stay.to()))
                .toList();
    }

    private static long logStart(ShardState state) {
        return state.streams().logStart(state.streams().find(STREAM));
    }

    private static long departedEnd(ShardState state) {
        StreamMoves.Departed departed = state.moves().departure(STREAM);
        return departed == null ? -1 : departed.end();
    }

    @Test
    void aShardThatHasNotHeardOfItsStreamLearnsWhereItWasBefore() throws IOException {
        byte[] early = b.copy();
        a.writeAndFlush(3);
        a.next();
        a.state.trim(new Command.Trim(false, List.of(new Command.TrimPoint(new StreamId(STREAM), 1))));
        move(a, b);
        b.writeAndFlush(2);

        ShardState restored = restore(b, Map.of(b, early)).b();

        assertThat(history(restored)).containsExactly(Tuple.tuple(0, 0L, 3L));
        assertThat(restored.moves().arrivedAt(STREAM)).isEqualTo(3);
        assertThat(restored.streams().next(restored.streams().find(STREAM))).isEqualTo(RestoredShard.OFFSET_RANGE);
        assertThat(logStart(restored)).isEqualTo(1);
        assertThat(uncertain).isEmpty();
    }

    @Test
    void itDoesSoFromACopyThatTheStreamHadNotLeftYet() throws IOException {
        a.writeAndFlush(2);
        Map<Life, byte[]> early = Map.of(a, a.copy(), b, b.copy());
        a.writeAndFlush(1);
        move(a, b);

        Restored restored = restore(b, early);

        assertThat(history(restored.b())).containsExactly(Tuple.tuple(0, 0L, 3L));
        assertThat(restored.b().moves().history(STREAM).getFirst().flushedUpTo())
                .as("a replica of the new life knows them, and none of less")
                .isLessThan(AT)
                .isGreaterThanOrEqualTo(a.state.flushedUpTo());
        assertThat(departedEnd(restored.a())).isEqualTo(3);
    }

    /** The metadata's copy is older than the move, that of the shard it went to is not. */
    @Test
    void aStreamThatIsBackWhereItWasKnowsWhatItWroteMeanwhile() throws IOException {
        a.writeAndFlush(3);
        move(a, b);
        b.writeAndFlush(2);

        Restored restored = restore(a, Map.of());

        assertThat(history(restored.a())).containsExactly(Tuple.tuple(0, 0L, 3L), Tuple.tuple(1, 3L, 5L));
        assertThat(departedEnd(restored.b())).isEqualTo(5);
        assertThat(uncertain).isEmpty();
    }

    @Test
    void whatWasOnlyReceivedLeavesNothing() throws IOException {
        a.writeAndFlush(3);
        receive(a, b);

        Restored restored = restore(a, Map.of());

        assertThat(history(restored.a())).isEmpty();
        assertThat(departedEnd(restored.b())).isZero();
    }

    @Test
    void whoComesBackBetweenTheCopiesIsReadInThreeParts() throws IOException {
        a.writeAndFlush(2);
        byte[] early = a.copy();
        a.writeAndFlush(1);
        move(a, b);
        b.writeAndFlush(2);
        move(b, a);
        a.writeAndFlush(4);

        ShardState restored = restore(a, Map.of(a, early)).a();

        assertThat(history(restored)).containsExactly(Tuple.tuple(0, 0L, 3L), Tuple.tuple(1, 3L, 5L));
        assertThat(uncertain).isEmpty();
    }

    @Test
    void copiesThatAgreeAreTakenAsTheyAre() throws IOException {
        a.writeAndFlush(3);
        move(a, b);
        b.writeAndFlush(2);
        move(b, c);
        c.writeAndFlush(1);

        ShardState restored = restore(c, Map.of()).c();

        assertThat(restored.moves().history(STREAM)).isEqualTo(c.state.moves().history(STREAM));
        assertThat(history(restored)).containsExactly(Tuple.tuple(0, 0L, 3L), Tuple.tuple(1, 3L, 5L));
        assertThat(uncertain).isEmpty();
    }

    /** Either of the two that it left may have written before and after the other. */
    @Test
    void whatNoCopyTellsIsGuessedAndNamed() throws IOException {
        byte[] early = c.copy();
        a.writeAndFlush(3);
        move(a, b);
        b.writeAndFlush(2);
        move(b, c);

        ShardState restored = restore(c, Map.of(c, early)).c();

        assertThat(history(restored)).containsExactly(Tuple.tuple(0, 0L, 3L), Tuple.tuple(1, 3L, 5L));
        assertThat(uncertain).containsExactly(STREAM);
    }

    @Test
    void moreStaysThanAStreamMayHaveAreNotWritten() {
        List<Stay> stays = new ArrayList<>();
        for (int i = 0; i < HandedStream.MAX_STAYS; i++) {
            stays.add(new Stay(new ShardId(i % 2), i, i + 1, 9));
        }
        Trail trail = new Trail();
        trail.history(stays);
        assertThat(trail.stays()).isEqualTo(stays);
        assertThat(trail.isCertain()).isTrue();

        trail.left(new ShardId(2), HandedStream.MAX_STAYS + 1, 9);

        assertThat(trail.stays()).hasSize(HandedStream.MAX_STAYS).startsWith(stays.get(1));
        assertThat(trail.isCertain()).isFalse();
        trail.logStartAtLeast(1);
        assertThat(trail.isCertain()).isTrue();
    }
}
