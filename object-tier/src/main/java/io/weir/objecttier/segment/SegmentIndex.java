package io.weir.objecttier.segment;

import java.util.Arrays;

/**
 * The blocks of one segment, sorted by stream and offset: a footer, decoded.
 *
 * <p>Threading: immutable once built.
 */
public final class SegmentIndex {
    private static final int BYTES_PER_BLOCK = 60;

    private final long[] streams;
    private final long[] baseOffsets;
    private final long[] nextOffsets;
    private final long[] positions;
    private final int[] lengths;
    private final long[] maxTimestampsMs;
    private final long[] recordCounts;
    private final int[] crcs;

    private SegmentIndex(Builder builder) {
        int size = builder.size;
        this.streams = Arrays.copyOf(builder.streams, size);
        this.baseOffsets = Arrays.copyOf(builder.baseOffsets, size);
        this.nextOffsets = Arrays.copyOf(builder.nextOffsets, size);
        this.positions = Arrays.copyOf(builder.positions, size);
        this.lengths = Arrays.copyOf(builder.lengths, size);
        this.maxTimestampsMs = Arrays.copyOf(builder.maxTimestampsMs, size);
        this.recordCounts = Arrays.copyOf(builder.recordCounts, size);
        this.crcs = Arrays.copyOf(builder.crcs, size);
    }

    /**
     * One block, where a caller wants a whole one.
     *
     * @param maxTimestampMs the largest record timestamp inside
     */
    public record Block(
            long stream,
            long baseOffset,
            long nextOffset,
            long position,
            int length,
            long maxTimestampMs,
            long records,
            int crc) {}

    public int blocks() {
        return streams.length;
    }

    public Block block(int block) {
        return new Block(
                streams[block],
                baseOffsets[block],
                nextOffsets[block],
                positions[block],
                lengths[block],
                maxTimestampsMs[block],
                recordCounts[block],
                crcs[block]);
    }

    public long stream(int block) {
        return streams[block];
    }

    public long baseOffset(int block) {
        return baseOffsets[block];
    }

    public long nextOffset(int block) {
        return nextOffsets[block];
    }

    public int length(int block) {
        return lengths[block];
    }

    public long maxTimestampMs(int block) {
        return maxTimestampsMs[block];
    }

    /** The first block of the stream that ends after the offset, or -1. */
    public int find(long stream, long offset) {
        int low = 0;
        int high = streams.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            boolean before = streams[middle] < stream || (streams[middle] == stream && nextOffsets[middle] <= offset);
            if (before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < streams.length && streams[low] == stream ? low : -1;
    }

    /** The block after this one if it is of the same stream, or -1. */
    public int following(int block) {
        int next = block + 1;
        return next < streams.length && streams[next] == streams[block] ? next : -1;
    }

    /** How many streams have blocks here. */
    public int streamCount() {
        int count = 0;
        for (int i = 0; i < streams.length; i++) {
            count += i == 0 || streams[i] != streams[i - 1] ? 1 : 0;
        }
        return count;
    }

    /** Bytes of memory, roughly. */
    public int weight() {
        return 100 + streams.length * BYTES_PER_BLOCK;
    }

    /** Collects blocks in order. */
    static final class Builder {
        private long[] streams;
        private long[] baseOffsets;
        private long[] nextOffsets;
        private long[] positions;
        private int[] lengths;
        private long[] maxTimestampsMs;
        private long[] recordCounts;
        private int[] crcs;
        private int size;

        Builder(int expected) {
            this.streams = new long[expected];
            this.baseOffsets = new long[expected];
            this.nextOffsets = new long[expected];
            this.positions = new long[expected];
            this.lengths = new int[expected];
            this.maxTimestampsMs = new long[expected];
            this.recordCounts = new long[expected];
            this.crcs = new int[expected];
        }

        void add(Block block) {
            if (size == streams.length) {
                grow(Math.max(16, size * 2));
            }
            streams[size] = block.stream();
            baseOffsets[size] = block.baseOffset();
            nextOffsets[size] = block.nextOffset();
            positions[size] = block.position();
            lengths[size] = block.length();
            maxTimestampsMs[size] = block.maxTimestampMs();
            recordCounts[size] = block.records();
            crcs[size] = block.crc();
            size++;
        }

        private void grow(int capacity) {
            streams = Arrays.copyOf(streams, capacity);
            baseOffsets = Arrays.copyOf(baseOffsets, capacity);
            nextOffsets = Arrays.copyOf(nextOffsets, capacity);
            positions = Arrays.copyOf(positions, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
            maxTimestampsMs = Arrays.copyOf(maxTimestampsMs, capacity);
            recordCounts = Arrays.copyOf(recordCounts, capacity);
            crcs = Arrays.copyOf(crcs, capacity);
        }

        SegmentIndex build() {
            return new SegmentIndex(this);
        }
    }
}
