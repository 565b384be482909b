package io.weir.contracts.segment;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.object.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What the object tier's housekeeping (compaction, retention, garbage collection) asks of the shard that owns the
 * segments. Every change is a command in the shard's log, checked when it is applied, and bound to a {@link Term}.
 *
 * <p>Threading: any thread; futures complete on a thread of the shard's that must not be blocked, exceptionally with a
 * {@link io.weir.contracts.failure.ServiceException} when the shard does not lead, or the outcome is unknown.
 */
public interface ShardSegments {
    ShardId shard();

    /** The present term, if this process leads the shard: only then housekeeping runs here. */
    Optional<Term> term();

    SegmentView view();

    /** The log index up to which (inclusive) everything is in segments. */
    long flushedUpTo();

    /** The flushed, not yet trimmed offsets of a stream; empty when the stream is not here (deleted): drop its data. */
    Optional<OffsetRange> flushedRange(StreamId stream);

    /**
     * Streams that went on at another shard, and whose older records are here: they are retained, merged and deleted as
     * others are.
     */
    default Set<StreamId> departed() {
        return Set.of();
    }

    /**
     * Where else than here records of a stream can be.
     *
     * @param stream as the metadata places it: at this shard, or at the one where it went on
     * @param offsets of the records that are asked for
     * @return empty while this process does not know it
     */
    Optional<List<Elsewhere>> elsewhere(StreamLocation stream, OffsetRange offsets);

    /** Objects that no view refers to any more, and when (entry time) they were let go. */
    List<RetiredObject> retired();

    /** Announced compactions that are neither done nor aborted. */
    List<CompactionIntent> intents();

    /**
     * A term in which this process leads the shard, and the way of every change: it is made in this term, or refused
     * ({@code NOT_LEADER}).
     *
     * <p>Ask for it before the first look at what a change is decided by. In one term the state only goes on; but who
     * has ceased to lead may begin anew over an older one, and lead again in the next term, while a pass waits for the
     * object store. An older state does not know what was flushed since, and calls it dead.
     */
    interface Term {
        /** Part of the keys of new objects. */
        long number();

        /**
         * Announces the keys that a compaction is going to create, before it creates them, so that outputs of a
         * compaction that dies are found.
         */
        CompletableFuture<Void> announce(CompactionIntent intent);

        /** Gives an announced compaction up: its outputs become retired objects. Unknown ids change nothing. */
        CompletableFuture<Void> abort(long intentId);

        /**
         * Replaces exactly these inputs by these outputs, and retires the objects named for it; the intent is done.
         *
         * @return false when the view no longer holds all of the inputs, or the intent is unknown: nothing was changed
         */
        CompletableFuture<Boolean> replace(long intentId, Replacement replacement);

        /**
         * Raises the log start of many streams at once; values below the present one, and unknown streams, change
         * nothing.
         */
        CompletableFuture<Void> trim(Map<StreamId, Long> logStarts);

        /** Forgets retired objects, once they have been deleted. */
        CompletableFuture<Void> forget(List<ObjectKey> deleted);
    }

    /**
     * Offsets of a stream that were written while it was at another shard, and are not trimmed there.
     *
     * @param view the other shard's segments, as this process's replica of it has them: perhaps late, and some of them
     *     deleted meanwhile
     */
    record Elsewhere(OffsetRange offsets, SegmentView view) {}

    /** An object to be deleted once readers have had time to let go of it. */
    record RetiredObject(ObjectKey key, long retiredAtMs) {}

    /** The keys that a compaction will create. */
    record CompactionIntent(long id, List<ObjectKey> outputs) {
        public CompactionIntent {
            outputs = List.copyOf(outputs);
        }
    }

    /**
     * A compare-and-set of the view: all inputs must be in it, or nothing happens.
     *
     * @param retired what nothing refers to any more: inputs that were rewritten, and segments that an input manifest
     *     lists and no output does; a segment that merely moves into a manifest is an input and is not retired
     */
    record Replacement(
            List<ObjectKey> inputSegments,
            List<ObjectKey> inputManifests,
            List<SegmentRef> outputSegments,
            List<ManifestRef> outputManifests,
            List<ObjectKey> retired) {
        public Replacement {
            inputSegments = List.copyOf(inputSegments);
            inputManifests = List.copyOf(inputManifests);
            outputSegments = List.copyOf(outputSegments);
            outputManifests = List.copyOf(outputManifests);
            retired = List.copyOf(retired);
        }
    }
}
