package io.weir.objecttier.manifest;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.codec.ByteSink;
import io.weir.objecttier.codec.ByteSource;
import io.weir.objecttier.codec.ByteSource.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a manifest lists, but for the ranges themselves: the segments, and where its pages are and begin.
 *
 * <p>Threading: immutable.
 */
public final class ManifestHead {
    private static final int BYTES_PER_SEGMENT = 250;
    private static final int BYTES_PER_PAGE = 80;
    private static final int LEAST_SEGMENT_BYTES = 14;
    private static final int LEAST_PAGE_BYTES = 7;

    private final List<SegmentRef> segments;
    private final List<Page> pages;

    ManifestHead(List<SegmentRef> segments, List<Page> pages) {
        this.segments = List.copyOf(segments);
        this.pages = List.copyOf(pages);
    }

    /** Where a page lies, and its first range. */
    public record Page(long firstStream, long firstBaseOffset, long position, int length, int crc) {}

    /** In ascending log order. */
    public List<SegmentRef> segments() {
        return segments;
    }

    public List<Page> pages() {
        return pages;
    }

    /** The page where the first range of the stream that ends after the offset can begin. */
    public int pageOf(long stream, long offset) {
        int low = 0;
        int high = pages.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            Page page = pages.get(middle);
            if (page.firstStream() < stream || (page.firstStream() == stream && page.firstBaseOffset() <= offset)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return Math.max(0, low - 1);
    }

    /** Bytes of memory, roughly. */
    public int weight() {
        return 100 + segments.size() * BYTES_PER_SEGMENT + pages.size() * BYTES_PER_PAGE;
    }

    void encode(ByteSink sink) {
        sink.varlong(segments.size());
        for (SegmentRef segment : segments) {
            byte[] key = segment.key().value().getBytes(StandardCharsets.US_ASCII);
            sink.varlong(key.length)
                    .bytes(key)
                    .varlong(segment.range().from())
                    .varlong(segment.range().upTo() - segment.range().from())
                    .varlong(segment.sizeBytes())
                    .varlong(segment.footerBytes())
                    .i32(segment.footerCrc())
                    .zigzag(segment.maxTimestampMs())
                    .varlong(segment.level());
        }
        sink.varlong(pages.size());
        for (Page page : pages) {
            sink.varlong(page.firstStream())
                    .varlong(page.firstBaseOffset())
                    .varlong(page.length())
                    .i32(page.crc());
        }
    }

    static ManifestHead decode(ByteSource source, long pagesBegin, long pagesEnd) throws Malformed {
        int segmentCount = source.count(LEAST_SEGMENT_BYTES, "Count of segments");
        List<SegmentRef> segments = new ArrayList<>(segmentCount);
        for (int i = 0; i < segmentCount; i++) {
            segments.add(segment(source));
        }
        int pageCount = source.count(LEAST_PAGE_BYTES, "Count of pages");
        List<Page> pages = new ArrayList<>(pageCount);
        long position = pagesBegin;
        for (int i = 0; i < pageCount; i++) {
            long stream = source.ranged(0, Long.MAX_VALUE, "First stream");
            long base = source.ranged(0, Long.MAX_VALUE, "First offset");
            int length = (int) source.ranged(1, Integer.MAX_VALUE, "Page length");
            pages.add(new Page(stream, base, position, length, source.i32()));
            position = ByteSource.sum(position, length, "Position");
        }
        source.end();
        if (position != pagesEnd) {
            throw new Malformed("Pages end at " + position + ", not at " + pagesEnd);
        }
        return new ManifestHead(segments, pages);
    }

    private static SegmentRef segment(ByteSource source) throws Malformed {
        int keyLength = (int) source.ranged(1, ObjectKey.MAX_CHARS, "Key length");
        String key = new String(source.bytes(keyLength), StandardCharsets.US_ASCII);
        long from = source.ranged(0, Long.MAX_VALUE, "Log range");
        long upTo = ByteSource.sum(from, source.ranged(0, Long.MAX_VALUE, "Log span"), "Log range");
        long sizeBytes = source.ranged(1, Long.MAX_VALUE, "Segment size");
        int footerBytes = (int) source.ranged(1, Math.min(sizeBytes, Integer.MAX_VALUE), "Footer size");
        int footerCrc = source.i32();
        long maxTimestampMs = source.zigzag();
        int level = (int) source.ranged(0, 1000, "Level");
        try {
            return new SegmentRef(
                    new ObjectKey(key),
                    new LogRange(from, upTo),
                    sizeBytes,
                    footerBytes,
                    footerCrc,
                    maxTimestampMs,
                    level);
        } catch (IllegalArgumentException illegal) {
            throw new Malformed(String.valueOf(illegal.getMessage()));
        }
    }
}
