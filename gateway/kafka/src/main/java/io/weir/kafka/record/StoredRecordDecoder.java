package io.weir.kafka.record;

import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StoredBatches;
import java.util.concurrent.ArrayBlockingQueue;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/** Gives out the records of stored batches, of every codec, through a small window. */
public final class StoredRecordDecoder implements RecordDecoder {
    private static final int WINDOW_BYTES = 32 << 10;
    private static final int KEPT_WORKSPACES = 8;

    private final int maxDecompressedBytes;
    private final ArrayBlockingQueue<Workspace> idle = new ArrayBlockingQueue<>(KEPT_WORKSPACES);

    /**
     * A decoder.
     *
     * @param maxDecompressedBytes of one batch; a bigger one is corrupt, since none was let in
     */
    public StoredRecordDecoder(int maxDecompressedBytes) {
        this.maxDecompressedBytes = maxDecompressedBytes;
    }

    @Override
    public Records records(StoredBatches batches, long fromOffset) {
        Workspace space = idle.poll();
        return new RecordIteration(batches, fromOffset, this, space == null ? new Workspace() : space);
    }

    int maxDecompressedBytes() {
        return maxDecompressedBytes;
    }

    void giveBack(Workspace space) {
        space.scratch.shrink();
        if (!idle.offer(space)) {
            space.buffers.close();
        }
    }

    /** What one iteration needs, used again by a later one. */
    static final class Workspace {
        final byte[] window = new byte[WINDOW_BYTES];
        final RecordSource.Scratch scratch = new RecordSource.Scratch();
        final BufferSupplier buffers = BufferSupplier.create();
    }
}
