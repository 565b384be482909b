package io.weir.objecttier.segment;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.codec.ByteSink;
import io.weir.objecttier.codec.ByteSource;
import io.weir.objecttier.codec.ByteSource.Malformed;
import io.weir.objecttier.codec.Frame;
import io.weir.objecttier.segment.SegmentIndex.Block;
import java.nio.ByteBuffer;

/** Writes and reads a segment's footer with its trailer. */
public final class SegmentFooter {
    static final Frame FRAME = new Frame("WEIRSEG\n", 1, 1);

    private static final int PLAIN = 0;
    /** A block's shortest entry: extent, length, timestamp, count of one byte each, and its checksum. */
    private static final int LEAST_ENTRY_BYTES = 8;

    private static final int LEAST_STREAM_BYTES = 3 + LEAST_ENTRY_BYTES;

    private SegmentFooter() {}

    /** Footer and trailer of a segment with these blocks, which end at the given position. */
    static ByteBuffer encode(SegmentIndex index, long position) {
        ByteSink sink = new ByteSink(64 + index.blocks() * 20);
        // The cipher: its algorithm, the length of its key's id, the length of each block's nonce.
        sink.u8(PLAIN).u8(0).u8(0);
        long baseTimestampMs = index.blocks() == 0 ? 0 : index.maxTimestampMs(0);
        sink.zigzag(baseTimestampMs).varlong(index.streamCount()).varlong(index.blocks());
        long previousStream = 0;
        int begin = 0;
        while (begin < index.blocks()) {
            int end = begin + 1;
            while (end < index.blocks() && index.stream(end) == index.stream(begin)) {
                end++;
            }
            sink.varlong(index.stream(begin) - previousStream).varlong(end - begin);
            previousStream = index.stream(begin);
            long previousNext = 0;
            long previousTimestampMs = baseTimestampMs;
            for (int i = begin; i < end; i++) {
                Block block = index.block(i);
                sink.varlong(block.baseOffset() - previousNext)
                        .varlong(block.nextOffset() - block.baseOffset())
                        .varlong(block.length())
                        .zigzag(block.maxTimestampMs() - previousTimestampMs)
                        .varlong(block.records())
                        .i32(block.crc());
                previousNext = block.nextOffset();
                previousTimestampMs = block.maxTimestampMs();
            }
            begin = end;
        }
        return FRAME.close(sink, position);
    }

    /**
     * Reads the footer of a segment.
     *
     * @param tail the object's last {@link SegmentRef#footerBytes} bytes
     * @throws ServiceException with {@code CORRUPT}, naming the object
     */
    public static SegmentIndex decode(SegmentRef segment, ByteBuffer tail) {
        if (tail.remaining() != segment.footerBytes() || Frame.crc(tail) != segment.footerCrc()) {
            throw corrupt(segment.key(), "Footer's checksum is not the one that was committed", null);
        }
        return decode(segment.key(), segment.sizeBytes(), tail);
    }

    /** Reads the footer of a segment whose reference is lost. */
    public static SegmentIndex decode(ObjectKey key, long sizeBytes, ByteBuffer tail) {
        try {
            Frame.Extent extent = FRAME.extent(tail, sizeBytes);
            return read(FRAME.describing(tail, extent), extent.position());
        } catch (Malformed malformed) {
            throw corrupt(key, malformed.getMessage(), malformed);
        }
    }

    /**
     * How many of a segment's last bytes are footer and trailer.
     *
     * @param tail its last bytes, at least the trailer
     */
    public static int bytes(ObjectKey key, long sizeBytes, ByteBuffer tail) {
        try {
            return Math.addExact(FRAME.extent(tail, sizeBytes).length(), Frame.TRAILER_BYTES);
        } catch (Malformed | ArithmeticException malformed) {
            throw corrupt(key, malformed.getMessage(), malformed);
        }
    }

    /**
     * The reference to a segment as it was flushed, made anew from its footer.
     *
     * @param footer its last {@link #bytes}
     */
    public static SegmentRef refer(
            ObjectKey key, LogRange range, long sizeBytes, ByteBuffer footer, SegmentIndex index) {
        long maxTimestampMs = Long.MIN_VALUE;
        for (int block = 0; block < index.blocks(); block++) {
            maxTimestampMs = Math.max(maxTimestampMs, index.maxTimestampMs(block));
        }
        return new SegmentRef(key, range, sizeBytes, footer.remaining(), Frame.crc(footer), maxTimestampMs, 0);
    }

    private static SegmentIndex read(ByteSource source, long footerPosition) throws Malformed {
        int algorithm = source.u8();
        int keyBytes = source.u8();
        int nonceBytes = source.u8();
        if (algorithm != PLAIN || keyBytes != 0 || nonceBytes != 0) {
            throw new Malformed("Is encrypted with algorithm " + algorithm + ", which this version does not know");
        }
        long baseTimestampMs = source.zigzag();
        int streams = source.count(LEAST_STREAM_BYTES, "Count of streams");
        int blocks = source.count(LEAST_ENTRY_BYTES, "Count of blocks");
        SegmentIndex.Builder index = new SegmentIndex.Builder(blocks);
        long stream = 0;
        long position = Frame.HEADER_BYTES;
        int read = 0;
        for (int i = 0; i < streams; i++) {
            stream = ByteSource.sum(stream, source.ranged(i == 0 ? 0 : 1, Long.MAX_VALUE, "Stream delta"), "Stream");
            int ofStream = (int) source.ranged(1, blocks - read, "Blocks of stream " + stream);
            position = readStream(source, index, stream, ofStream, position, baseTimestampMs);
            read += ofStream;
        }
        source.end();
        if (read != blocks || position != footerPosition) {
            throw new Malformed("Footer at " + footerPosition + " lists " + read + " of " + blocks
                    + " blocks, which end at " + position);
        }
        return index.build();
    }

    private static long readStream(
            ByteSource source,
            SegmentIndex.Builder index,
            long stream,
            int blocks,
            long firstPosition,
            long baseTimestampMs)
            throws Malformed {
        long position = firstPosition;
        long offset = 0;
        long timestampMs = baseTimestampMs;
        for (int i = 0; i < blocks; i++) {
            long base = ByteSource.sum(offset, source.ranged(0, Long.MAX_VALUE, "Offset gap"), "Base offset");
            long next = ByteSource.sum(base, source.ranged(1, Long.MAX_VALUE, "Offset span"), "Next offset");
            int length = (int) source.ranged(1, Integer.MAX_VALUE, "Block length");
            timestampMs += source.zigzag();
            long records = source.ranged(0, Long.MAX_VALUE, "Record count");
            index.add(new Block(stream, base, next, position, length, timestampMs, records, source.i32()));
            position = ByteSource.sum(position, length, "Position");
            offset = next;
        }
        return position;
    }

    /** The failure that says which object is damaged, and how. */
    public static ServiceException corrupt(
            ObjectKey key,
            @org.jspecify.annotations.Nullable String reason,
            @org.jspecify.annotations.Nullable Throwable cause) {
        return new ServiceException(FailureCode.CORRUPT, "Segment " + key + " is damaged: " + reason, cause);
    }
}
