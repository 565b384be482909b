package io.weir.objecttier.manifest;

import java.util.Comparator;

/**
 * The offsets of one stream in one segment.
 *
 * @param segment index of the segment in the list that goes with the range
 * @param baseOffset the first offset
 * @param nextOffset the end, exclusive; the range may be sparse inside
 * @param bytes the stream's blocks in the segment, together
 * @param maxTimestampMs the largest record timestamp
 */
public record SegmentRange(
        long stream, int segment, long baseOffset, long nextOffset, long bytes, long maxTimestampMs) {
    /** By stream, then by offset. */
    public static final Comparator<SegmentRange> ORDER =
            Comparator.comparingLong(SegmentRange::stream).thenComparingLong(SegmentRange::baseOffset);

    SegmentRange of(int otherSegment) {
        return new SegmentRange(stream, otherSegment, baseOffset, nextOffset, bytes, maxTimestampMs);
    }
}
