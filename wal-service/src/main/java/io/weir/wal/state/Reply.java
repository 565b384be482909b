package io.weir.wal.state;

import io.weir.contracts.batch.RecordBatch;
import java.util.OptionalLong;

/** What the state answers to a command. */
public sealed interface Reply {
    /** Done, or done before. */
    record Done() implements Reply {
        static final Done DONE = new Done();
    }

    /** Nothing was changed. */
    record Refused(String message) implements Reply {}

    /**
     * An appender's session is open.
     *
     * @param session its id
     * @param previous what the replaced session had applied
     */
    record SessionOpened(long session, PreviousSession previous) implements Reply {}

    /** A command of a reconciler that looked at an older image than another before it. */
    record Stale(long metadataVersion) implements Reply {}

    /**
     * A trim of one stream.
     *
     * @param logStart after it; empty when the stream is not open
     */
    record Trimmed(OptionalLong logStart) implements Reply {}

    /** A strict trim above the stream's end. */
    record BeyondEnd(long end) implements Reply {}

    /**
     * A flush.
     *
     * @param accepted whether it was the next one
     */
    record Flushed(boolean accepted, long flushedUpTo) implements Reply {}

    /**
     * A compaction's replacement.
     *
     * @param done whether the inputs were all there
     */
    record Replaced(boolean done) implements Reply {}

    /**
     * A step of a move.
     *
     * @param taken whether it is done, now or before
     * @param message why not
     */
    record Step(boolean taken, String message) implements Reply {
        static final Step TAKEN = new Step(true, "");

        static Step refused(String message) {
            return new Step(false, message);
        }
    }

    /** An unsealing: no step of the move was ever taken here, and none will be. */
    record NeverBegun() implements Reply {
        static final NeverBegun NEVER_BEGUN = new NeverBegun();
    }

    /** The entry is not the session's next one, or the session is not open; nothing of it was appended. */
    record OutOfSession(String message) implements Reply {}

    /** An append, batch by batch. Immutable. */
    final class Appended implements Reply {
        private final byte[] outcomes;
        private final long[] offsets;
        private final long[] logStarts;

        Appended(byte[] outcomes, long[] offsets, long[] logStarts) {
            this.outcomes = outcomes;
            this.offsets = offsets;
            this.logStarts = logStarts;
        }

        public int count() {
            return outcomes.length;
        }

        public Outcome outcome(int batch) {
            return Outcome.of(outcomes[batch]);
        }

        /** Where it is, when committed or a duplicate, if that is still known; else what tells why it was refused. */
        public long offset(int batch) {
            return offsets[batch];
        }

        public long logStart(int batch) {
            return logStarts[batch];
        }

        /** Why a batch was refused. */
        public String message(int i, RecordBatch batch) {
            return switch (outcome(i)) {
                case COMMITTED, DUPLICATE -> "Not refused";
                case MOVED -> "Stream is about to have, or has, incarnation " + offsets[i];
                case UNKNOWN_STREAM -> "Stream is not open";
                case OUT_OF_ORDER ->
                    "Sequence " + batch.baseSequence() + " of producer " + batch.producerId() + ", epoch "
                            + batch.producerEpoch() + ", does not follow its last one";
                case FENCED -> "Epoch " + batch.producerEpoch() + " of producer " + batch.producerId() + " is over";
                case INVALID ->
                    "Batch with attributes " + batch.attributes() + ", last offset delta " + batch.lastOffsetDelta()
                            + " and first sequence " + batch.baseSequence() + " cannot be stored";
                case PRODUCERS_FULL -> "As many producers as allowed have written lately";
            };
        }
    }
}
