package io.weir.objecttier.segment;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.codec.Frame;
import io.weir.objecttier.segment.SegmentIndex.Block;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Puts a segment together from batches, as a list of buffers to be written one after the other: big batches are
 * referred to, not copied.
 *
 * <p>Threading: one thread. Ownership: the bytes of added batches must not change until the segment is written.
 */
public final class SegmentBuilder {
    /**
     * How big a block gets unless one batch is bigger: one mebibyte less what an array's header needs, so that a cached
     * block does not take two regions of the heap.
     */
    public static final int BLOCK_BYTES = (1 << 20) - 64;

    /** Up to here copying a batch costs less than referring to it. */
    private static final int COPY_BYTES = 512;

    private static final int CHUNK_BYTES = 64 << 10;

    private final List<ByteBuffer> content = new ArrayList<>();
    private final SegmentIndex.Builder index = new SegmentIndex.Builder(64);
    private final CRC32C crc = new CRC32C();
    private final int blockBytes;

    private ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private int pendingFrom;

    private long position = Frame.HEADER_BYTES;
    private long maxTimestampMs = Long.MIN_VALUE;

    private long stream = -1;
    private long streamNext;
    private long blockBase;
    private int blockLength;
    private long blockMaxTimestampMs;
    private long blockRecords;

    public SegmentBuilder() {
        this(BLOCK_BYTES);
    }

    SegmentBuilder(int blockBytes) {
        this.blockBytes = blockBytes;
        content.add(SegmentFooter.FRAME.header());
    }

    /**
     * A finished segment that is not written yet.
     *
     * @param content to be given to the object store
     */
    public record Built(SegmentRef ref, SegmentIndex index, List<ByteBuffer> content) {}

    /** Adds a batch; streams come in ascending order, and a stream's batches in offset order. */
    public void add(long ofStream, StoredBatches.Raw raw) {
        RecordBatch batch = raw.batch();
        int size = batch.sizeBytes();
        begin(ofStream, raw.baseOffset(), size);
        room(size <= COPY_BYTES ? size : RecordBatch.ASSIGNED_BYTES);
        RecordBatch.writeAssigned(chunk, raw.baseOffset(), size, raw.leaderEpoch());
        ByteBuffer body = batch.bytes();
        body.position(body.position() + RecordBatch.ASSIGNED_BYTES);
        if (size <= COPY_BYTES) {
            chunk.put(body);
        } else {
            flushChunk();
            crc.update(body.duplicate());
            content.add(body);
        }
        extend(raw.nextOffset(), size, batch.maxTimestampMs(), batch.recordCount());
    }

    /** Adds a run of finished batches, such as a block of another segment; small ones are joined into one block. */
    public void add(Block block, ByteBuffer bytes) {
        begin(block.stream(), block.baseOffset(), block.length());
        if (block.length() <= COPY_BYTES) {
            room(block.length());
            chunk.put(bytes.duplicate());
        } else {
            flushChunk();
            crc.update(bytes.duplicate());
            content.add(bytes.duplicate());
        }
        extend(block.nextOffset(), block.length(), block.maxTimestampMs(), block.records());
    }

    /** How big the object would be, without its footer. */
    public long sizeBytes() {
        return position + blockLength;
    }

    public Built finish(ObjectKey key, LogRange range, int level) {
        endBlock();
        SegmentIndex built = index.build();
        ByteBuffer footer = SegmentFooter.encode(built, position);
        content.add(footer);
        SegmentRef ref = new SegmentRef(
                key,
                range,
                position + footer.remaining(),
                footer.remaining(),
                Frame.crc(footer),
                built.blocks() == 0 ? -1 : maxTimestampMs,
                level);
        return new Built(ref, built, content);
    }

    private void begin(long ofStream, long baseOffset, int size) {
        if (ofStream < stream || (ofStream == stream && baseOffset < streamNext)) {
            throw new IllegalStateException("Cannot add offset " + baseOffset + " of stream " + ofStream
                    + " behind offset " + streamNext + " of stream " + stream);
        }
        if (ofStream != stream || (long) blockLength + size > blockBytes) {
            endBlock();
        }
        stream = ofStream;
        if (blockLength == 0) {
            blockBase = baseOffset;
            blockMaxTimestampMs = Long.MIN_VALUE;
            blockRecords = 0;
        }
    }

    private void extend(long nextOffset, int size, long timestampMs, long records) {
        streamNext = nextOffset;
        blockLength += size;
        blockMaxTimestampMs = Math.max(blockMaxTimestampMs, timestampMs);
        maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
        blockRecords += records;
    }

    private void endBlock() {
        flushChunk();
        if (blockLength > 0) {
            index.add(new Block(
                    stream, blockBase, streamNext, position, blockLength, blockMaxTimestampMs, blockRecords, (int)
                            crc.getValue()));
            position += blockLength;
            blockLength = 0;
        }
        crc.reset();
    }

    private void room(int bytes) {
        if (chunk.remaining() < bytes) {
            flushChunk();
            chunk = ByteBuffer.allocate(CHUNK_BYTES);
            pendingFrom = 0;
        }
    }

    private void flushChunk() {
        if (chunk.position() > pendingFrom) {
            ByteBuffer pending = chunk.slice(pendingFrom, chunk.position() - pendingFrom);
            crc.update(pending.duplicate());
            content.add(pending);
            pendingFrom = chunk.position();
        }
    }
}
