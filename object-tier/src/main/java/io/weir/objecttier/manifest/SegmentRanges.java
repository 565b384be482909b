package io.weir.objecttier.manifest;

import io.weir.objecttier.segment.SegmentIndex;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/** Iterations over ranges in the order of {@link SegmentRange#ORDER}, made without holding them all. */
public final class SegmentRanges {
    private SegmentRanges() {}

    /** The ranges of one segment. */
    public static Iterator<SegmentRange> of(SegmentIndex index, int segment) {
        return new Iterator<>() {
            private int block;

            @Override
            public boolean hasNext() {
                return block < index.blocks();
            }

            @Override
            public SegmentRange next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("End of segment");
                }
                int first = block;
                long bytes = 0;
                long maxTimestampMs = Long.MIN_VALUE;
                while (block < index.blocks() && index.stream(block) == index.stream(first)) {
                    bytes += index.length(block);
                    maxTimestampMs = Math.max(maxTimestampMs, index.maxTimestampMs(block));
                    block++;
                }
                return new SegmentRange(
                        index.stream(first),
                        segment,
                        index.baseOffset(first),
                        index.nextOffset(block - 1),
                        bytes,
                        maxTimestampMs);
            }
        };
    }

    /** Several iterations as one. */
    public static Iterator<SegmentRange> merge(List<Iterator<SegmentRange>> parts) {
        record Head(SegmentRange range, Iterator<SegmentRange> rest) {}

        PriorityQueue<Head> heads =
                new PriorityQueue<>(Math.max(1, parts.size()), Comparator.comparing(Head::range, SegmentRange.ORDER));
        for (Iterator<SegmentRange> part : parts) {
            if (part.hasNext()) {
                heads.add(new Head(part.next(), part));
            }
        }
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !heads.isEmpty();
            }

            @Override
            public SegmentRange next() {
                Head head = heads.remove();
                if (head.rest().hasNext()) {
                    heads.add(new Head(head.rest().next(), head.rest()));
                }
                return head.range();
            }
        };
    }
}
