package io.weir.objecttier.read;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.read.StoredBatches;
import io.weir.objecttier.segment.SegmentFooter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Cuts whole batches out of a block, by the lengths in their headers. */
final class BatchRun {
    private static final int LENGTH_AT = 8;
    private static final int LAST_OFFSET_DELTA_AT = 23;

    private BatchRun() {}

    /**
     * The batches of a block from the one that contains {@code from}, or is the next one after it.
     *
     * @param block from position 0 to its limit
     * @param to batches that begin here or later are left out
     * @param maxBytes what may be taken
     * @param always whether the first batch is taken even if it is bigger than that
     * @return null when no batch fits
     */
    static StoredBatches.@Nullable Finished cut(
            ObjectKey segment, ByteBuffer block, long from, long to, int maxBytes, boolean always) {
        int end = block.limit();
        int start = 0;
        while (start < end && nextOffset(segment, block, start) <= from) {
            start += length(segment, block, start);
        }
        if (start == end) {
            return null;
        }
        long baseOffset = block.getLong(start);
        long nextOffset = baseOffset;
        int at = start;
        while (at < end) {
            int length = length(segment, block, at);
            boolean first = at == start;
            boolean fits = at - start + length <= maxBytes || (first && always);
            if (!fits || block.getLong(at) >= to) {
                break;
            }
            nextOffset = nextOffset(segment, block, at);
            at += length;
        }
        return at == start ? null : new StoredBatches.Finished(baseOffset, nextOffset, block.slice(start, at - start));
    }

    private static int length(ObjectKey segment, ByteBuffer block, int at) {
        int left = block.limit() - at;
        int length =
                left < RecordBatch.HEADER_BYTES ? -1 : block.getInt(at + LENGTH_AT) + RecordBatch.LENGTH_PREFIX_BYTES;
        if (length < RecordBatch.HEADER_BYTES || length > left) {
            throw SegmentFooter.corrupt(
                    segment,
                    "Batch at byte " + at + " of its block has length " + length + ", " + left + " left",
                    null);
        }
        return length;
    }

    private static long nextOffset(ObjectKey segment, ByteBuffer block, int at) {
        if (block.limit() - at < RecordBatch.HEADER_BYTES) {
            throw SegmentFooter.corrupt(segment, "Block ends inside the header of a batch at byte " + at, null);
        }
        return block.getLong(at) + block.getInt(at + LAST_OFFSET_DELTA_AT) + 1;
    }
}
