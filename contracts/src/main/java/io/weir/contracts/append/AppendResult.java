package io.weir.contracts.append;

/** What became of an append. Only {@link Unknown} leaves it open whether the batch is in the stream. */
public sealed interface AppendResult {
    /**
     * The batch is durable and readable.
     *
     * @param baseOffset of its first record
     * @param logStart the stream's first offset at that moment
     */
    record Committed(long baseOffset, long logStart) implements AppendResult {}

    /**
     * The same batch of the same producer was committed before; nothing was appended.
     *
     * @param baseOffset where it is, or {@link #FORGOTTEN}
     */
    record Duplicate(long baseOffset, long logStart) implements AppendResult {
        /** The producer has appended so many batches since that it is not known any more where this one is. */
        public static final long FORGOTTEN = -1;
    }

    /** Nothing was appended, nor will be. */
    record Refused(RefusalReason reason, String message) implements AppendResult {}

    /** The stream is not, or no longer, at the given location: look it up again. Nothing was appended. */
    record Moved(String message) implements AppendResult {}

    /** The outcome could not be learned: the batch may or may not be, or become, part of the stream. */
    record Unknown(String message) implements AppendResult {}
}
