package io.weir.objecttier.manifest;

import io.weir.objecttier.codec.ByteSink;
import io.weir.objecttier.codec.ByteSource;
import io.weir.objecttier.codec.ByteSource.Malformed;
import java.util.ArrayList;
import java.util.List;

/** Some consecutive ranges of a manifest, decoded. Threading: immutable. */
public final class ManifestPage {
    private static final int BYTES_PER_RANGE = 64;
    private static final int LEAST_RANGE_BYTES = 6;

    private final List<SegmentRange> ranges;

    private ManifestPage(List<SegmentRange> ranges) {
        this.ranges = ranges;
    }

    public List<SegmentRange> ranges() {
        return ranges;
    }

    /** Index of the first range of the stream, or of a later one, that ends after the offset; the size if none. */
    public int find(long stream, long offset) {
        int low = 0;
        int high = ranges.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            SegmentRange range = ranges.get(middle);
            if (range.stream() < stream || (range.stream() == stream && range.nextOffset() <= offset)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Bytes of memory, roughly. */
    public int weight() {
        return 100 + ranges.size() * BYTES_PER_RANGE;
    }

    static void encode(List<SegmentRange> ranges, ByteSink sink) {
        sink.varlong(ranges.size());
        long stream = 0;
        long next = 0;
        long timestampMs = 0;
        for (SegmentRange range : ranges) {
            sink.varlong(range.stream() - stream);
            if (range.stream() != stream) {
                next = 0;
            }
            sink.varlong(range.segment())
                    .varlong(range.baseOffset() - next)
                    .varlong(range.nextOffset() - range.baseOffset())
                    .varlong(range.bytes())
                    .zigzag(range.maxTimestampMs() - timestampMs);
            stream = range.stream();
            next = range.nextOffset();
            timestampMs = range.maxTimestampMs();
        }
    }

    static ManifestPage decode(ByteSource source, int segments) throws Malformed {
        int count = source.count(LEAST_RANGE_BYTES, "Count of ranges");
        List<SegmentRange> ranges = new ArrayList<>(count);
        long stream = 0;
        long offset = 0;
        long timestampMs = 0;
        for (int i = 0; i < count; i++) {
            long delta = source.ranged(0, Long.MAX_VALUE, "Stream delta");
            stream = ByteSource.sum(stream, delta, "Stream");
            if (delta != 0) {
                offset = 0;
            }
            int segment = (int) source.ranged(0, segments - 1L, "Segment");
            long base = ByteSource.sum(offset, source.ranged(0, Long.MAX_VALUE, "Offset gap"), "Base offset");
            long next = ByteSource.sum(base, source.ranged(1, Long.MAX_VALUE, "Offset span"), "Next offset");
            long bytes = source.ranged(0, Long.MAX_VALUE, "Bytes");
            timestampMs += source.zigzag();
            ranges.add(new SegmentRange(stream, segment, base, next, bytes, timestampMs));
            offset = next;
        }
        source.end();
        return new ManifestPage(List.copyOf(ranges));
    }
}
