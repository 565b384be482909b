package io.weir.gateway.read;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.StoredBatches;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Goes from batch to batch over stored runs, looking at headers only. */
final class BatchWalk {
    private BatchWalk() {}

    /** The single batches of what was read, each with its offset. */
    static List<StoredBatch> batches(List<StoredBatches> stored) {
        List<StoredBatch> found = new ArrayList<>();
        for (StoredBatches run : stored) {
            switch (run) {
                case StoredBatches.Raw(long base, int epoch, RecordBatch batch) ->
                    found.add(new StoredBatch(base, epoch, batch));
                case StoredBatches.Finished(long first, long next, ByteBuffer bytes) -> split(bytes, found);
            }
        }
        return found;
    }

    private static void split(ByteBuffer run, List<StoredBatch> found) {
        ByteBuffer rest = run.slice();
        while (rest.remaining() >= RecordBatch.HEADER_BYTES) {
            int size = rest.getInt(rest.position() + Long.BYTES) + RecordBatch.LENGTH_PREFIX_BYTES;
            if (size < RecordBatch.HEADER_BYTES || size > rest.remaining()) {
                throw new IllegalStateException(
                        "Stored batch declares " + size + " bytes where " + rest.remaining() + " are left");
            }
            RecordBatch batch = RecordBatch.trusted(rest.slice(rest.position(), size));
            found.add(new StoredBatch(batch.declaredBaseOffset(), batch.declaredLeaderEpoch(), batch));
            rest.position(rest.position() + size);
        }
    }
}
