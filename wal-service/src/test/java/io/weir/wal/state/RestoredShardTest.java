package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.StreamRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestoredShardTest {
    private static final ShardId SHARD = new ShardId(3);
    private static final LogPosition AT = new LogPosition(9, 1L << 40);
    private static final Restoration FIRST = new Restoration(1);
    private static final long PRODUCERS_BELOW = 50;

    /** Of the sample, 100 has offsets 0 to 6 and 101 has 0 and 1: the first half of each is flushed up to entry 6. */
    private static RestoredShard lost() throws IOException {
        return RestoredShard.read(SHARD, new ByteArrayInputStream(SnapshotCodecTest.bytes(SnapshotCodecTest.sample())));
    }

    private static ShardState written(RestoredShard restored, StreamRange... open) throws IOException {
        return written(restored, FIRST, open);
    }

    private static ShardState written(RestoredShard restored, Restoration by, StreamRange... open) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LogPosition at = new LogPosition(9, by.goesOnAt(0, AT.index()));
        restored.place(List.of(open));
        restored.writeTo(out, by, at, PRODUCERS_BELOW);
        return SnapshotCodec.read(SHARD, new ByteArrayInputStream(out.toByteArray()));
    }

    private static StreamRange range(long first, long count) {
        return new StreamRange(first, count, 1, TenantId.DEFAULT);
    }

    private static SegmentRef segment(long from, long upTo) {
        return new SegmentRef(new ObjectKey("cd/seg" + from), new LogRange(from, upTo), 4096, 128, 1, 77, 0);
    }

    @Test
    void tellsWhatIsKeptAndWhatIsLost() throws IOException {
        RestoredShard restored = lost();

        assertThat(restored.extent(100)).isEqualTo(new RestoredShard.Extent(1, 3, 6));
        assertThat(restored.extent(100).kept()).isEqualTo(2);
        assertThat(restored.extent(100).lost()).isEqualTo(3);
        assertThat(restored.extent(105).lost()).isZero();
    }

    @Test
    void whatWasFlushedSinceTheBackupIsKept() throws IOException {
        RestoredShard restored = lost();

        restored.attach(segment(7, 8), Map.of(100L, new OffsetRange(3, 6), 101L, new OffsetRange(1, 2)));
        restored.attach(segment(9, 12), Map.of(100L, new OffsetRange(6, 20)));

        assertThat(restored.extent(100)).isEqualTo(new RestoredShard.Extent(1, 20, 20));
        assertThat(restored.extent(101).lost()).isZero();
        assertThat(written(restored, range(100, 8)).view().segments())
                .extracting(ref -> ref.range().from())
                .containsExactly(0L, 7L, 9L);
    }

    @Test
    void refusesASegmentThatOverlapsWhatItHas() throws IOException {
        RestoredShard restored = lost();
        restored.attach(segment(7, 8), Map.of());

        assertThatThrownBy(() -> restored.attach(segment(8, 9), Map.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lost().attach(segment(6, 9), Map.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noOffsetIsGivenOutTwice() throws IOException {
        ShardState state = written(lost(), range(100, 2), range(107, 1));

        Reply.Appended reply = append(state, Batches.plain(1, 8, 1));

        assertThat(reply.offset(0)).isEqualTo(RestoredShard.OFFSET_RANGE);
        assertThat(state.streams().logStart(state.streams().find(100))).isEqualTo(1);
        assertThat(state.streams().flushedNext(state.streams().find(107))).isEqualTo(RestoredShard.OFFSET_RANGE);
        assertThat(state.oldestUnflushed()).isNotNull();
        assertThat(state.unflushedBatches()).isEqualTo(1);
    }

    @Test
    void aSecondLossGoesOnFurther() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RestoredShard once = lost();
        once.place(List.of(range(100, 1)));
        once.writeTo(out, FIRST, AT, PRODUCERS_BELOW);
        RestoredShard again = RestoredShard.read(SHARD, new ByteArrayInputStream(out.toByteArray()));

        ShardState state = written(again, FIRST.next(), range(100, 1));

        assertThat(state.streams().next(state.streams().find(100))).isEqualTo(2 * RestoredShard.OFFSET_RANGE);
    }

    /** What was given out after the first restore is in no backup, and lost with it. */
    @Test
    void aSecondRestoreOfTheSameGoesOnFurtherToo() throws IOException {
        ShardState state = written(lost(), FIRST.next(), range(100, 1));

        assertThat(state.streams().next(state.streams().find(100))).isEqualTo(2 * RestoredShard.OFFSET_RANGE);
    }

    @Test
    void theLogDoesNotGoOnWithinWhatWasFlushed() throws IOException {
        RestoredShard restored = lost();
        restored.attach(segment(7, AT.index()), Map.of());

        assertThat(restored.reached()).isEqualTo(AT.index());
        assertThatThrownBy(() -> written(restored, range(100, 1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void onlyStreamsOfTheMetadataAreOpen() throws IOException {
        ShardState state = written(lost(), range(101, 1));

        assertThat(state.open().find(100)).isNull();
        assertThat(state.metadataVersion()).isZero();
    }

    /** It may have moved after the backup was made; if it has no topic, the shard is told so. */
    @Test
    void whatAStreamLeftThatIsPlacedElsewhereIsKept() throws IOException {
        ShardState state = written(lost(), range(101, 1));

        assertThat(state.moves().departure(100)).isEqualTo(new StreamMoves.Departed(1, 3));
        assertThat(state.streams().next(state.streams().find(100))).isEqualTo(3);
        assertThat(state.streams().flushedNext(state.streams().find(100))).isEqualTo(3);
    }

    @Test
    void aProducerOfBeforeMayGoOnAndANewOneBeginsWithZero() throws IOException {
        ShardState state = written(lost(), range(100, 1));

        assertThat(append(state, Batches.batch(PRODUCERS_BELOW - 1, (short) 0, 41, 1, 8, 1))
                        .outcome(0))
                .isEqualTo(Outcome.COMMITTED);
        assertThat(append(state, Batches.batch(PRODUCERS_BELOW, (short) 0, 41, 1, 8, 1))
                        .outcome(0))
                .isEqualTo(Outcome.OUT_OF_ORDER);
    }

    @Test
    void theFlushGoesOnBehindTheNewBeginningOfTheLog() throws IOException {
        ShardState state = written(lost(), range(100, 1));
        append(state, Batches.plain(1, 8, 1));
        long index = state.applied() + 1;
        state.advance(new LogPosition(9, index), 0);

        Reply reply = state.segmentsCommitted(
                new Command.SegmentsCommitted(new LogRange(AT.index() + 1, index - 1), Optional.empty()), entry -> {});

        assertThat(reply).isEqualTo(new Reply.Flushed(true, index - 1));
    }

    private static Reply.Appended append(ShardState state, RecordBatch batch) {
        LogPosition position = new LogPosition(9, state.applied() + 1);
        state.advance(position, 0);
        long session = ((Reply.SessionOpened) state.openSession(
                        position,
                        new Command.OpenSession(
                                Command.NO_SESSION, state.producers().limits())))
                .session();
        AppendEncoder encoder = EntryCodec.append(0, session, 0);
        encoder.add(100, 1, batch);
        DecodedEntry.Entry entry = (DecodedEntry.Entry) EntryCodec.decode(encoder.encode());
        position = new LogPosition(9, state.applied() + 1);
        state.advance(position, 0);
        return (Reply.Appended) state.append(position, (Command.Append) entry.command(), added -> {});
    }
}
