package io.weir.contracts.read;

import java.util.Iterator;

/**
 * Looks inside stored batches.
 *
 * <p>Threading: any thread; a returned iteration belongs to one thread at a time.
 */
public interface RecordDecoder {
    /**
     * The records at and above an offset, in order; control records are left out. Decompresses a little at a time: a
     * batch's whole content is never in memory.
     *
     * @throws io.weir.contracts.failure.ServiceException also from the iteration, {@code CORRUPT} for what cannot be
     *     decoded
     */
    Records records(StoredBatches batches, long fromOffset);

    /** An iteration that must be closed. */
    interface Records extends Iterator<StoredRecord>, AutoCloseable {
        @Override
        void close();
    }
}
