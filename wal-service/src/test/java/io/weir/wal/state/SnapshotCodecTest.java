package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.testsupport.seed.LongRun;
import io.weir.wal.Batches;
import io.weir.wal.Golden;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.SegmentFields;
import io.weir.wal.entry.Stay;
import io.weir.wal.entry.StreamRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotCodecTest {
    private static final ShardId SHARD = new ShardId(3);
    private static final int MUTATIONS = 3_000;

    /** A state with something in every section. */
    static ShardState sample() {
        ShardState state = new ShardState(SHARD);
        LogPosition at = new LogPosition(2, 4);
        state.advance(at, 1_700_000_000_000L);
        state.openSession(at, new Command.OpenSession(Command.NO_SESSION, new ProducerLimits(5, 50, 10_000, 100)));
        at = new LogPosition(2, 5);
        state.advance(at, 1_700_000_000_001L);
        state.openStreams(new Command.OpenStreams(9, List.of(new StreamRange(100, 8, 1, TenantId.DEFAULT))));
        appendTo(state, new LogPosition(2, 6), 0);
        at = new LogPosition(2, 7);
        state.advance(at, 1_700_000_000_003L);
        state.segmentsCommitted(
                new Command.SegmentsCommitted(
                        new LogRange(0, 6),
                        Optional.of(
                                new SegmentRef(new ObjectKey("ab/seg"), new LogRange(0, 6), 4096, 128, 0xCAFE, 77, 0))),
                entry -> {});
        appendTo(state, new LogPosition(2, 8), 1);
        at = new LogPosition(2, 9);
        state.advance(at, 1_700_000_000_004L);
        state.trim(new Command.Trim(true, List.of(new Command.TrimPoint(new StreamId(100), 1))));
        state.announce(new Command.AnnounceCompaction(new CompactionIntent(1, List.of(new ObjectKey("x")))));
        state.announce(new Command.AnnounceCompaction(new CompactionIntent(2, List.of(new ObjectKey("y")))));
        state.abort(new Command.AbortCompaction(2));
        state.seal(new Command.SealStreams(11, List.of(106L)));
        state.release(new Command.ReleaseStreams(11, 9), stream -> {});
        state.receive(new Command.ReceiveStream(
                12,
                9,
                new HandedStream(
                        new StreamRange(300, 1, 2, TenantId.DEFAULT),
                        1,
                        5,
                        List.of(new Stay(new ShardId(1), 0, 5, 33)),
                        -1,
                        List.of(new HandedStream.HandedProducer(6, (short) 0, List.of(4L, 0L, 5L))))));
        state.seal(new Command.SealStreams(12, List.of(105L)));
        return state;
    }

    private static void appendTo(ShardState state, LogPosition position, int sequence) {
        AppendEncoder encoder = EntryCodec.append(1_700_000_000_002L, 4, sequence);
        encoder.add(100, 1, Batches.batch(7, (short) 2, sequence * 3, 3, 8, sequence));
        encoder.add(101, 1, Batches.plain(1, 8, sequence));
        encoder.add(99, 1, Batches.plain(1, 8, sequence));
        DecodedEntry.Entry entry = (DecodedEntry.Entry) EntryCodec.decode(encoder.encode());
        state.advance(position, entry.timeMs());
        state.append(position, (Command.Append) entry.command(), added -> {});
    }

    static byte[] bytes(ShardState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(state.freeze(), out);
        return out.toByteArray();
    }

    static ShardState copy(ShardState state) throws IOException {
        return SnapshotCodec.read(state.shard(), new ByteArrayInputStream(bytes(state)));
    }

    @Test
    void readsWhatItWrote() throws IOException {
        ShardState state = sample();

        ShardState restored = copy(state);

        assertThat(restored.stateHash()).isEqualTo(state.stateHash());
        assertThat(bytes(restored)).isEqualTo(bytes(state));
        assertThat(restored.view()).isEqualTo(state.view());
        assertThat(restored.oldestUnflushed()).isNotNull();
    }

    /** The object store was away for long: so many entries of one small batch are nothing unusual. */
    @Test
    void readsBackMoreUnflushedEntriesThanTheListOfACommandMayHave() throws IOException {
        ShardState state = sample();
        RecordBatch batch = Batches.plain(1, 8, 1);
        for (int i = 0; i <= SegmentFields.MAX_ELEMENTS; i++) {
            append(state, 11 + i, 2 + i, batch);
        }

        ShardState restored = copy(state);

        assertThat(restored.unflushedBatches())
                .isEqualTo(state.unflushedBatches())
                .isGreaterThan(SegmentFields.MAX_ELEMENTS);
        assertThat(restored.stateHash()).isEqualTo(state.stateHash());
    }

    @Test
    void failsRatherThanWritesWhatCouldNotBeReadBack() {
        FrozenState frozen = sample().freeze();
        FrozenState.Lists lists = frozen.lists();
        FrozenState tooLong = new FrozenState(
                SHARD,
                frozen.marks(),
                frozen.streams(),
                frozen.producers(),
                frozen.moves(),
                new FrozenState.Lists(
                        lists.open(),
                        lists.sessions(),
                        Collections.nCopies(
                                SnapshotLists.MAX_ELEMENTS + 1,
                                lists.unflushed().getFirst()),
                        lists.view(),
                        lists.intents(),
                        lists.retired(),
                        lists.ingress()));

        assertThatThrownBy(() -> SnapshotCodec.write(tooLong, OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("List of " + (SnapshotLists.MAX_ELEMENTS + 1) + " elements");
    }

    /** Peers compare their states by these bytes, and one that began from a snapshot has its rows elsewhere. */
    @Test
    void equalStatesAreEqualBytesHoweverTheirRowsLie() throws IOException {
        ShardState state = sample();
        state.deleteStreams(new Command.DeleteStreams(10, List.of(new Command.StreamSpan(100, 1))), row -> {});
        ShardState restored = copy(state);

        for (ShardState one : List.of(state, restored)) {
            AppendEncoder encoder = EntryCodec.append(1_700_000_000_005L, 4, 2);
            encoder.add(107, 1, Batches.plain(1, 8, 1));
            encoder.add(103, 1, Batches.plain(1, 8, 2));
            DecodedEntry.Entry entry = (DecodedEntry.Entry) EntryCodec.decode(encoder.encode());
            one.advance(new LogPosition(2, 11), entry.timeMs());
            one.append(new LogPosition(2, 11), (Command.Append) entry.command(), added -> {});
        }

        assertThat(restored.streams().find(107)).isNotEqualTo(state.streams().find(107));
        assertThat(bytes(restored)).isEqualTo(bytes(state));
    }

    @Test
    void writesTheGoldenBytes() throws IOException {
        assertThat(HexFormat.of().formatHex(bytes(sample())))
                .isEqualTo(HexFormat.of().formatHex(Golden.read("shard-snapshot")));
    }

    /** What it forgot is not known: any producer may be one of those. */
    @Test
    void readsVersionOneAndTakesAnyFirstSequenceFromThenOn() throws IOException {
        ShardState restored =
                SnapshotCodec.read(SHARD, new ByteArrayInputStream(Golden.read("shard-snapshot-version-1")));

        Reply.Appended reply = append(restored, 11, 2, Batches.batch(99, (short) 0, 41, 1, 8, 0));

        assertThat(reply.outcome(0)).isEqualTo(Outcome.COMMITTED);
        assertThat(bytes(copy(restored))).isEqualTo(bytes(restored));
    }

    @Test
    void readsVersionTwoAsOfAShardThatNoStreamMovedTo() throws IOException {
        ShardState restored =
                SnapshotCodec.read(SHARD, new ByteArrayInputStream(Golden.read("shard-snapshot-version-2")));

        assertThat(restored.moves()).isEqualTo(StreamMoves.NONE);
        assertThat(restored.streams().find(100)).isNotEqualTo(StreamTable.NONE);
        assertThat(bytes(copy(restored))).isEqualTo(bytes(restored));
    }

    /** Which older batches were appended is not known: what is not remembered is out of order. */
    @Test
    void readsVersionThreeAndKnowsNoMoreThanItDid() throws IOException {
        ShardState restored =
                SnapshotCodec.read(SHARD, new ByteArrayInputStream(Golden.read("shard-snapshot-version-3")));

        assertThat(restored.moves()).isEqualTo(sample().moves());
        assertThat(outcomeOfOldRepeat(restored)).isEqualTo(Outcome.OUT_OF_ORDER);
        assertThat(bytes(copy(restored))).isEqualTo(bytes(restored));
    }

    @Test
    void remembersAcrossASnapshotThatAProducerHasAppendedMoreThanTheLastBatches() throws IOException {
        assertThat(outcomeOfOldRepeat(copy(sample()))).isEqualTo(Outcome.DUPLICATE);
    }

    @Test
    void remembersAcrossASnapshotWhichStreamsComeAndGo() throws IOException {
        ShardState restored = copy(sample());

        assertThat(restored.moves()).isEqualTo(sample().moves());
        assertThat(restored.moves().isSealed(105)).isTrue();
        assertThat(restored.moves().departure(106)).isEqualTo(new StreamMoves.Departed(1, 0));
        assertThat(restored.moves().arrivedAt(300)).isEqualTo(5);
    }

    @Test
    void theHashTellsWhichStreamsAreSealed() throws IOException {
        ShardState state = sample();
        ShardState other = copy(state);
        other.unseal(new Command.UnsealStreams(12));

        assertThat(other.stateHash()).isNotEqualTo(state.stateHash());
    }

    @Test
    void remembersAcrossASnapshotWhichProducersWereForgotten() throws IOException {
        ShardState state = sample();
        state.deleteStreams(new Command.DeleteStreams(10, List.of(new Command.StreamSpan(100, 1))), row -> {});

        ShardState restored = copy(state);

        assertThat(append(restored, 11, 2, Batches.batch(8, (short) 0, 41, 1, 8, 0))
                        .outcome(0))
                .isEqualTo(Outcome.OUT_OF_ORDER);
        assertThat(append(restored, 12, 3, Batches.batch(7, (short) 0, 41, 1, 8, 0))
                        .outcome(0))
                .isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void theHashTellsWhichProducersWereForgotten() throws IOException {
        ShardState state = sample();
        ShardState other = copy(state);
        other.producers().forgotten(99);

        assertThat(other.stateHash()).isNotEqualTo(state.stateHash());
    }

    /** The batch before the last five comes again. */
    private static Outcome outcomeOfOldRepeat(ShardState state) {
        for (int i = 0; i < 4; i++) {
            append(state, 100, 11 + i, 2 + i, Batches.batch(7, (short) 2, 6 + i, 1, 8, 0));
        }
        return append(state, 100, 15, 6, Batches.batch(7, (short) 2, 0, 3, 8, 0))
                .outcome(0);
    }

    private static Reply.Appended append(ShardState state, long index, int sequence, RecordBatch batch) {
        return append(state, 101, index, sequence, batch);
    }

    private static Reply.Appended append(ShardState state, long stream, long index, int sequence, RecordBatch batch) {
        AppendEncoder encoder = EntryCodec.append(1_700_000_000_005L, 4, sequence);
        encoder.add(stream, 1, batch);
        DecodedEntry.Entry entry = (DecodedEntry.Entry) EntryCodec.decode(encoder.encode());
        state.advance(new LogPosition(2, index), entry.timeMs());
        return (Reply.Appended) state.append(new LogPosition(2, index), (Command.Append) entry.command(), added -> {});
    }

    @Test
    void theHashTellsStatesApart() throws IOException {
        ShardState state = sample();
        ShardState other = copy(state);

        appendTo(other, new LogPosition(2, 10), 2);

        assertThat(other.stateHash()).isNotEqualTo(state.stateHash());
    }

    @Test
    void aFrozenStateDoesNotChange() throws IOException {
        ShardState state = sample();
        byte[] before = bytes(state);
        FrozenState frozen = state.freeze();

        appendTo(state, new LogPosition(2, 10), 2);
        state.deleteStreams(new Command.DeleteStreams(10, List.of(new Command.StreamSpan(100, 1))), row -> {});

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(frozen, out);
        assertThat(out.toByteArray()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 99})
    void refusesUnknownVersions(int version) throws IOException {
        byte[] snapshot = bytes(sample());
        snapshot[5] = (byte) version;

        assertThatThrownBy(() -> SnapshotCodec.read(SHARD, new ByteArrayInputStream(snapshot)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("format version " + version);
    }

    @Test
    void refusesTheSnapshotOfAnotherShard() throws IOException {
        byte[] snapshot = bytes(sample());

        assertThatThrownBy(() -> SnapshotCodec.read(new ShardId(4), new ByteArrayInputStream(snapshot)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("shard 3, not 4");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] snapshot = bytes(sample());

        for (int length = 0; length < snapshot.length; length++) {
            byte[] cut = Arrays.copyOf(snapshot, length);
            assertThatThrownBy(() -> SnapshotCodec.read(SHARD, new ByteArrayInputStream(cut)))
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void refusesEveryMutation(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] snapshot = bytes(sample());

        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = snapshot.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 + random.nextInt(255));
            assertThatThrownBy(() -> SnapshotCodec.read(SHARD, new ByteArrayInputStream(mutated)))
                    .as("seed %d round %d", seed, round)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void refusesEveryMutationForLong() throws Exception {
        LongRun.of("SnapshotCodecTest").run("mutated snapshots", seed -> {
            refusesEveryMutation(seed);
            return MUTATIONS;
        });
    }
}
