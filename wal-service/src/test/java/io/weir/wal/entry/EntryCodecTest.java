package io.weir.wal.entry;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.Replacement;
import io.weir.testsupport.seed.LongRun;
import io.weir.wal.Batches;
import io.weir.wal.Golden;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryCodecTest {
    private static final long TIME = 1_700_000_000_123L;
    private static final int MUTATIONS = 20_000;

    record Sample(String name, Command command) {}

    static List<Sample> samples() {
        SegmentRef segment = new SegmentRef(new ObjectKey("ab/seg-1"), new LogRange(5, 9), 4096, 128, 0xCAFE, 77, 2);
        ManifestRef manifest = new ManifestRef(new ObjectKey("cd/man-1"), new LogRange(0, 4), 512, 0xBEEF, 3, 9000, 1);
        return List.of(
                new Sample(
                        "open-session",
                        new Command.OpenSession(17, new ProducerLimits(10, 100, 86_400_000, 900), false)),
                new Sample(
                        "open-session-checked",
                        new Command.OpenSession(17, new ProducerLimits(10, 100, 86_400_000, 900), true)),
                new Sample(
                        "open-streams",
                        new Command.OpenStreams(7, List.of(new StreamRange(100, 12, 3, TenantId.DEFAULT)))),
                new Sample("delete-streams", new Command.DeleteStreams(8, List.of(new Command.StreamSpan(100, 12)))),
                new Sample(
                        "segments-committed", new Command.SegmentsCommitted(new LogRange(5, 9), Optional.of(segment))),
                new Sample(
                        "segments-committed-empty",
                        new Command.SegmentsCommitted(new LogRange(10, 11), Optional.empty())),
                new Sample("trim", new Command.Trim(true, List.of(new Command.TrimPoint(new StreamId(100), 1L << 33)))),
                new Sample(
                        "announce-compaction",
                        new Command.AnnounceCompaction(new CompactionIntent(4, List.of(new ObjectKey("ef/out"))))),
                new Sample("abort-compaction", new Command.AbortCompaction(4)),
                new Sample(
                        "replace-ranges",
                        new Command.ReplaceRanges(
                                4,
                                new Replacement(
                                        List.of(new ObjectKey("ab/seg-1")),
                                        List.of(new ObjectKey("cd/man-1")),
                                        List.of(segment),
                                        List.of(manifest),
                                        List.of(new ObjectKey("ab/seg-0"))))),
                new Sample("forget-objects", new Command.ForgetObjects(List.of(new ObjectKey("ab/seg-1")))),
                new Sample("seal-streams", new Command.SealStreams(41, List.of(100L, 102L))),
                new Sample("receive-stream", new Command.ReceiveStream(41, 8, handed())),
                new Sample("release-streams", new Command.ReleaseStreams(41, 9)),
                new Sample("unseal-streams", new Command.UnsealStreams(41)),
                new Sample(
                        "cancel-move",
                        new Command.CancelMove(41, List.of(new StreamRange(100, 1, 4, TenantId.DEFAULT)))),
                new Sample("forget-streams", new Command.ForgetStreams(List.of(100L))));
    }

    private static HandedStream handed() {
        return new HandedStream(
                new StreamRange(100, 1, 4, TenantId.DEFAULT),
                3,
                20,
                List.of(new Stay(new ShardId(2), 0, 12, 77), new Stay(new ShardId(0), 12, 20, 99)),
                6,
                List.of(new HandedStream.HandedProducer(9, (short) 2, List.of(7L, 18L, 20L))));
    }

    static List<ByteBuffer> appendEntry() {
        AppendEncoder encoder = EntryCodec.append(TIME, 17, 3);
        encoder.add(100, 1, Batches.batch(9, (short) 2, 5, 3, 8, 0x1122334455667788L));
        encoder.add(100, 1, Batches.plain(1, 8, 2));
        encoder.add(101, 0, Batches.plain(2, 8, 3));
        return encoder.encode();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void readsWhatItWrote(Sample sample) {
        assertThat(EntryCodec.decode(EntryCodec.encode(TIME, sample.command())))
                .isEqualTo(new DecodedEntry.Entry(TIME, sample.command()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void writesTheGoldenBytes(Sample sample) {
        byte[] written = Golden.join(EntryCodec.encode(TIME, sample.command()));

        assertThat(HexFormat.of().formatHex(written))
                .isEqualTo(HexFormat.of().formatHex(Golden.read("entry-" + sample.name())));
    }

    @Test
    void writesTheGoldenBytesOfAnAppend() {
        assertThat(HexFormat.of().formatHex(Golden.join(appendEntry())))
                .isEqualTo(HexFormat.of().formatHex(Golden.read("entry-append")));
    }

    @Test
    void readsAnAppendFromItsPiecesAndFromOnePieceAlike() {
        List<ByteBuffer> pieces = appendEntry();
        byte[] whole = Golden.join(pieces);

        for (List<ByteBuffer> form : List.of(pieces, List.of(ByteBuffer.wrap(whole)), cut(whole, 7), cut(whole, 61))) {
            assertThat(EntryCodec.decode(form)).isInstanceOfSatisfying(DecodedEntry.Entry.class, entry -> {
                assertThat(entry.timeMs()).isEqualTo(TIME);
                assertThat(entry.command()).isInstanceOfSatisfying(Command.Append.class, append -> {
                    assertThat(append.session()).isEqualTo(17);
                    assertThat(append.sequence()).isEqualTo(3);
                    assertThat(append.count()).isEqualTo(3);
                    assertThat(append.stream(1)).isEqualTo(100);
                    assertThat(append.incarnation(1)).isEqualTo(1);
                    assertThat(append.stream(2)).isEqualTo(101);
                    assertThat(Batches.mark(append.batch(0))).isEqualTo(0x1122334455667788L);
                    assertThat(Batches.mark(append.batch(2))).isEqualTo(3);
                });
            });
        }
    }

    @Test
    void doesNotCopyTheBytesOfBatches() {
        RecordBatch batch = Batches.plain(1, 100, 1);
        AppendEncoder encoder = EntryCodec.append(TIME, 1, 1);
        encoder.add(1, 0, batch);

        Command.Append append = (Command.Append) ((DecodedEntry.Entry) EntryCodec.decode(encoder.encode())).command();

        assertThat(append.batch(0).bytes().array()).isSameAs(batch.bytes().array());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 127, -1})
    void refusesUnknownVersions(int version) {
        byte[] entry = Golden.join(appendEntry());
        entry[0] = (byte) version;

        assertThat(EntryCodec.decode(List.of(ByteBuffer.wrap(entry)))).isInstanceOf(DecodedEntry.Unsupported.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 19, 127, -1})
    void refusesUnknownAndReservedTags(int tag) {
        byte[] entry = Golden.join(appendEntry());
        entry[1] = (byte) tag;

        assertThat(EntryCodec.decode(List.of(ByteBuffer.wrap(entry)))).isInstanceOf(DecodedEntry.Unsupported.class);
    }

    @Test
    void callsEveryTruncationMalformed() {
        List<byte[]> entries = new ArrayList<>(List.of(Golden.join(appendEntry())));
        samples().forEach(sample -> entries.add(Golden.join(EntryCodec.encode(TIME, sample.command()))));

        for (byte[] entry : entries) {
            for (int length = 0; length < entry.length; length++) {
                assertThat(EntryCodec.decode(List.of(ByteBuffer.wrap(entry, 0, length))))
                        .isInstanceOf(DecodedEntry.Malformed.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void neverThrowsOnMutatedBytes(long seed) {
        Random random = new Random(seed);
        List<byte[]> entries = new ArrayList<>(List.of(Golden.join(appendEntry())));
        samples().forEach(sample -> entries.add(Golden.join(EntryCodec.encode(TIME, sample.command()))));

        for (int round = 0; round < MUTATIONS; round++) {
            byte[] entry = entries.get(random.nextInt(entries.size())).clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                entry[random.nextInt(entry.length)] = (byte) random.nextInt();
            }
            assertThat(EntryCodec.decode(cut(entry, 1 + random.nextInt(entry.length))))
                    .as("seed %d round %d", seed, round)
                    .isNotNull();
        }
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void neverThrowsOnMutatedBytesForLong() throws Exception {
        LongRun.of("EntryCodecTest").run("mutated entries", seed -> {
            neverThrowsOnMutatedBytes(seed);
            return MUTATIONS;
        });
    }

    private static List<ByteBuffer> cut(byte[] whole, int length) {
        List<ByteBuffer> pieces = new ArrayList<>();
        for (int from = 0; from < whole.length; from += length) {
            pieces.add(ByteBuffer.wrap(whole, from, Math.min(length, whole.length - from)));
        }
        return pieces;
    }
}
