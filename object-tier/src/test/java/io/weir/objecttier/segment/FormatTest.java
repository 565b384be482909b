package io.weir.objecttier.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.manifest.Manifest;
import io.weir.objecttier.manifest.ManifestHead;
import io.weir.objecttier.manifest.ManifestPage;
import io.weir.objecttier.manifest.SegmentRange;
import io.weir.objecttier.manifest.SegmentRanges;
import io.weir.objecttier.sample.SampleBatches;
import io.weir.testsupport.seed.LongRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The formats of segment and manifest: golden files, unknown versions, and bytes that nobody wrote. */
class FormatTest {
    private static final int NONSENSE = 20_000;
    private static final ObjectKey KEY = new ObjectKey("0/1/s-1-1-9-0123456789abcdef");

    @Test
    void writesSegmentsAsTheGoldenFileSays() throws IOException {
        assertGolden("segment-v1.hex", segment(KEY).content());
    }

    @Test
    void writesManifestsAsTheGoldenFileSays() throws IOException {
        assertGolden("manifest-v1.hex", manifest().content());
    }

    @Test
    void readsBackTheIndexThatWasWritten() {
        SegmentBuilder.Built built = segment(KEY);
        ByteBuffer object = join(built.content());

        SegmentIndex index =
                SegmentFooter.decode(built.ref(), tail(object, built.ref().footerBytes()));

        assertThat(blocks(index)).isEqualTo(blocks(built.index()));
        assertThat(index.block(1).baseOffset()).isEqualTo(1L << 40);
        assertThat(index.streamCount()).isEqualTo(2);
        assertThat(object.remaining()).isEqualTo((int) built.ref().sizeBytes());
    }

    @Test
    void readsBackTheRangesThatWereWritten() {
        Manifest.Built built = manifest();
        ByteBuffer object = join(built.content());
        ManifestHead head = Manifest.head(built.ref(), object);

        assertThat(head.segments()).containsExactly(segment(KEY).ref());
        List<SegmentRange> ranges = new ArrayList<>();
        Manifest.ranges(built.ref(), head, object).forEachRemaining(ranges::add);
        assertThat(ranges).hasSize(2);
        assertThat(ranges.getFirst().stream()).isEqualTo(5);
        assertThat(ranges.getLast().nextOffset()).isEqualTo((1L << 40) + 3);
    }

    @Test
    void splitsManifestsIntoPagesThatCanBeReadAlone() {
        // Given more ranges than one page holds
        List<SegmentRange> written = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            written.add(new SegmentRange(i / 3, 0, (i % 3) * 10L, (i % 3) * 10L + 10, 99, i));
        }
        Manifest.Built built = Manifest.build(KEY, List.of(segment(KEY).ref()), written.iterator(), 2);
        ByteBuffer object = join(built.content());
        ManifestHead head = Manifest.head(built.ref(), object);

        // When every range is looked for
        assertThat(head.pages()).hasSize(4);
        for (SegmentRange range : written) {
            SegmentRange found = null;
            for (int p = head.pageOf(range.stream(), range.baseOffset()); found == null; p++) {
                ManifestHead.Page place = head.pages().get(p);
                ManifestPage page =
                        Manifest.page(built.ref(), head, p, object.slice((int) place.position(), place.length()));
                int at = page.find(range.stream(), range.baseOffset());
                found = at < page.ranges().size() ? page.ranges().get(at) : null;
            }

            // Then it is where the head said
            assertThat(found).isEqualTo(range);
        }
    }

    @Test
    void refusesVersionsThatNeedANewerReader() {
        // Given a segment and a manifest whose trailers ask for a reader of version 2
        SegmentBuilder.Built segment = segment(KEY);
        byte[] bytes = join(segment.content()).array();
        bytes[bytes.length - 32 + 15] = 2;
        assertRefused(() -> SegmentFooter.decode(KEY, bytes.length, ByteBuffer.wrap(bytes)), "version");
        Manifest.Built manifest = manifest();
        byte[] listed = join(manifest.content()).array();
        listed[listed.length - 32 + 15] = 2;
        assertRefused(() -> Manifest.head(manifest.ref(), ByteBuffer.wrap(listed)), "version");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void refusesMutatedAndTruncatedObjects(long seed) {
        // Given
        Random random = new Random(seed);
        SegmentBuilder.Built segment = segment(KEY);
        Manifest.Built manifest = manifest();
        byte[] footer = bytes(tail(join(segment.content()), segment.ref().footerBytes()));
        byte[] listed = bytes(join(manifest.content()));
        long endNanos = System.nanoTime() + Long.getLong("weir.fuzz.ms", 500) * 1_000_000;

        // When
        int rounds = 0;
        while (System.nanoTime() - endNanos < 0 || rounds < 1000) {
            byte[] damagedFooter = damage(footer, random);
            byte[] damagedManifest = damage(listed, random);

            // Then decoders either understand what they get or refuse it; nothing else is thrown
            decodeOrRefuse(() -> SegmentFooter.decode(KEY, segment.ref().sizeBytes(), ByteBuffer.wrap(damagedFooter)));
            decodeOrRefuse(() -> SegmentFooter.decode(segment.ref(), ByteBuffer.wrap(damagedFooter)));
            decodeOrRefuse(() -> readAll(manifest.ref(), damagedManifest));
            rounds++;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void survivesFootersWithAValidChecksumOverNonsense(long seed) {
        Random random = new Random(seed);
        SegmentBuilder.Built segment = segment(KEY);
        byte[] good = bytes(tail(join(segment.content()), segment.ref().footerBytes()));
        for (int i = 0; i < NONSENSE; i++) {
            io.weir.objecttier.codec.ByteSink sink = new io.weir.objecttier.codec.ByteSink(good.length);
            byte[] body = java.util.Arrays.copyOf(good, good.length - 32);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            sink.bytes(body);
            long position = segment.ref().sizeBytes() - good.length;
            byte[] closed = bytes(SegmentFooter.FRAME.close(sink, position));
            decodeOrRefuse(() -> SegmentFooter.decode(KEY, segment.ref().sizeBytes(), ByteBuffer.wrap(closed)));
        }
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void refusesMutatedAndNonsensicalObjectsForLong() throws Exception {
        LongRun.of("FormatTest")
                .run("sealed nonsensical footers, and half a second of mutated objects a seed", seed -> {
                    refusesMutatedAndTruncatedObjects(seed);
                    survivesFootersWithAValidChecksumOverNonsense(seed);
                    return NONSENSE;
                });
    }

    private static byte[] damage(byte[] good, Random random) {
        byte[] bad = random.nextInt(3) == 0 ? java.util.Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
        for (int flips = random.nextInt(4); flips > 0 && bad.length > 0; flips--) {
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bad;
    }

    private static void readAll(ManifestRef manifest, byte[] bytes) {
        ByteBuffer object = ByteBuffer.wrap(bytes);
        ManifestHead head = Manifest.head(manifest, object);
        Manifest.ranges(manifest, head, object).forEachRemaining(range -> {});
    }

    private static void decodeOrRefuse(Runnable decoder) {
        try {
            decoder.run();
        } catch (ServiceException refused) {
            assertThat(refused.code()).isEqualTo(FailureCode.CORRUPT);
            assertThat(refused).hasMessageContaining(KEY.value());
        }
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable decoder, String message) {
        assertThatThrownBy(decoder)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(FailureCode.CORRUPT))
                .hasMessageContaining(message)
                .hasMessageContaining(KEY.value());
    }

    private static SegmentBuilder.Built segment(ObjectKey key) {
        SegmentBuilder builder = new SegmentBuilder(900);
        builder.add(5, SampleBatches.raw(0, 2, 70, 1_000));
        builder.add(6, SampleBatches.raw(1L << 40, 3, 80, 2_000));
        return builder.finish(key, new LogRange(1, 9), 0);
    }

    private static Manifest.Built manifest() {
        SegmentBuilder.Built segment = segment(KEY);
        return Manifest.build(KEY, List.of(segment.ref()), SegmentRanges.of(segment.index(), 0), 0);
    }

    private static List<SegmentIndex.Block> blocks(SegmentIndex index) {
        List<SegmentIndex.Block> blocks = new ArrayList<>();
        for (int i = 0; i < index.blocks(); i++) {
            blocks.add(index.block(i));
        }
        return blocks;
    }

    private static void assertGolden(String file, List<ByteBuffer> content) throws IOException {
        Path golden = Path.of(System.getProperty("weir.root", ".."), "docs/formats/golden", file);
        String hex = HexFormat.of()
                        .formatHex(bytes(join(content)))
                        .replaceAll("(.{64})", "$1\n")
                        .strip() + "\n";
        if (Boolean.getBoolean("weir.golden.write")) {
            Files.writeString(golden, hex);
        }
        assertThat(hex).isEqualTo(Files.readString(golden));
    }

    private static ByteBuffer join(List<ByteBuffer> content) {
        ByteBuffer all = ByteBuffer.allocate(
                content.stream().mapToInt(ByteBuffer::remaining).sum());
        content.forEach(part -> all.put(part.duplicate()));
        return all.flip();
    }

    private static ByteBuffer tail(ByteBuffer object, int length) {
        return object.slice(object.limit() - length, length);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    @Test
    void keepsTheReferenceTrue() {
        SegmentRef ref = segment(KEY).ref();

        assertThat(ref.maxTimestampMs()).isEqualTo(2_000);
        assertThat(ref.level()).isZero();
        assertThat(ref.sizeBytes()).isEqualTo(16 + 70 + 80 + ref.footerBytes());
    }
}
