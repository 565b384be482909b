package io.weir.objecttier.manifest;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.codec.ByteSink;
import io.weir.objecttier.codec.ByteSource;
import io.weir.objecttier.codec.ByteSource.Malformed;
import io.weir.objecttier.codec.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.zip.CRC32C;

/** Writes and reads manifests. */
public final class Manifest {
    /** How many of a manifest's last bytes are fetched first: usually they hold the whole head. */
    public static final int FIRST_READ_BYTES = 64 << 10;

    private static final Frame FRAME = new Frame("WEIRMAN\n", 1, 1);
    private static final int RANGES_PER_PAGE = 512;

    private Manifest() {}

    /** A manifest that is not written yet. */
    public record Built(ManifestRef ref, List<ByteBuffer> content) {}

    /**
     * Puts a manifest together.
     *
     * @param segments in ascending log order
     * @param ranges in the order of {@link SegmentRange#ORDER}; their segments are indices into the list
     */
    public static Built build(ObjectKey key, List<SegmentRef> segments, Iterator<SegmentRange> ranges, int level) {
        List<ByteBuffer> content = new ArrayList<>();
        content.add(FRAME.header());
        List<ManifestHead.Page> pages = new ArrayList<>();
        long position = Frame.HEADER_BYTES;
        while (ranges.hasNext()) {
            List<SegmentRange> page = new ArrayList<>(RANGES_PER_PAGE);
            while (ranges.hasNext() && page.size() < RANGES_PER_PAGE) {
                page.add(ranges.next());
            }
            ByteSink sink = new ByteSink(RANGES_PER_PAGE * 12);
            ManifestPage.encode(page, sink);
            ByteBuffer bytes = sink.buffer();
            SegmentRange first = page.getFirst();
            pages.add(new ManifestHead.Page(
                    first.stream(), first.baseOffset(), position, bytes.remaining(), Frame.crc(bytes)));
            content.add(bytes);
            position += bytes.remaining();
        }
        ByteSink head = new ByteSink(segments.size() * 100 + pages.size() * 16);
        new ManifestHead(segments, pages).encode(head);
        content.add(FRAME.close(head, position));
        return new Built(ref(key, segments, content, level), content);
    }

    private static ManifestRef ref(ObjectKey key, List<SegmentRef> segments, List<ByteBuffer> content, int level) {
        CRC32C crc = new CRC32C();
        long size = 0;
        for (ByteBuffer part : content) {
            crc.update(part.duplicate());
            size += part.remaining();
        }
        long segmentBytes = segments.stream().mapToLong(SegmentRef::sizeBytes).sum();
        long from = segments.stream().mapToLong(s -> s.range().from()).min().orElse(0);
        long upTo = segments.stream().mapToLong(s -> s.range().upTo()).max().orElse(0);
        return new ManifestRef(
                key, new LogRange(from, upTo), size, (int) crc.getValue(), segments.size(), segmentBytes, level);
    }

    /** How many of the object's last bytes hold the head with its trailer. */
    public static int headBytes(ManifestRef manifest, ByteBuffer tail) {
        try {
            return FRAME.extent(tail, manifest.sizeBytes()).length() + Frame.TRAILER_BYTES;
        } catch (Malformed malformed) {
            throw corrupt(manifest, malformed);
        }
    }

    /** Reads the head from the object's last bytes, which must hold all of it. */
    public static ManifestHead head(ManifestRef manifest, ByteBuffer tail) {
        try {
            Frame.Extent extent = FRAME.extent(tail, manifest.sizeBytes());
            return ManifestHead.decode(FRAME.describing(tail, extent), Frame.HEADER_BYTES, extent.position());
        } catch (Malformed malformed) {
            throw corrupt(manifest, malformed);
        }
    }

    /** Reads one page. */
    public static ManifestPage page(ManifestRef manifest, ManifestHead head, int page, ByteBuffer bytes) {
        try {
            if (Frame.crc(bytes) != head.pages().get(page).crc()) {
                throw new Malformed("Page " + page + " fails its checksum");
            }
            return ManifestPage.decode(new ByteSource(bytes), head.segments().size());
        } catch (Malformed malformed) {
            throw corrupt(manifest, malformed);
        }
    }

    /** All ranges, from the whole object's bytes. */
    public static Iterator<SegmentRange> ranges(ManifestRef manifest, ManifestHead head, ByteBuffer object) {
        return new Iterator<>() {
            private int nextPage;
            private Iterator<SegmentRange> current = List.<SegmentRange>of().iterator();

            @Override
            public boolean hasNext() {
                while (!current.hasNext() && nextPage < head.pages().size()) {
                    ManifestHead.Page page = head.pages().get(nextPage);
                    ByteBuffer bytes = object.slice((int) page.position(), page.length());
                    current = page(manifest, head, nextPage, bytes).ranges().iterator();
                    nextPage++;
                }
                return current.hasNext();
            }

            @Override
            public SegmentRange next() {
                if (!hasNext()) {
                    throw new java.util.NoSuchElementException("End of manifest " + manifest.key());
                }
                return current.next();
            }
        };
    }

    /** The same ranges, with their segments renumbered; those whose new number is negative are left out. */
    public static Iterator<SegmentRange> renumbered(Iterator<SegmentRange> ranges, int[] numbers) {
        List<SegmentRange> holder = new ArrayList<>(1);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                while (holder.isEmpty() && ranges.hasNext()) {
                    SegmentRange range = ranges.next();
                    if (numbers[range.segment()] >= 0) {
                        holder.add(range.of(numbers[range.segment()]));
                    }
                }
                return !holder.isEmpty();
            }

            @Override
            public SegmentRange next() {
                if (!hasNext()) {
                    throw new java.util.NoSuchElementException("No more ranges");
                }
                return holder.removeLast();
            }
        };
    }

    private static ServiceException corrupt(ManifestRef manifest, Malformed malformed) {
        return new ServiceException(
                FailureCode.CORRUPT,
                "Manifest " + manifest.key() + " is damaged: " + malformed.getMessage(),
                malformed);
    }
}
