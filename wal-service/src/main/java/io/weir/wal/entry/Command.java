package io.weir.wal.entry;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.Replacement;
import java.util.List;
import java.util.Optional;

/** What an entry asks of the shard's state. */
public sealed interface Command {
    /**
     * Batches of any number of streams, in order. The parallel arrays are never changed.
     *
     * <p>An array class rather than a list of records, since this is the hot path: one object per batch and no more.
     */
    final class Append implements Command {
        private final long session;
        private final long sequence;
        private final long[] streams;
        private final int[] incarnations;
        private final RecordBatch[] batches;

        Append(long session, long sequence, long[] streams, int[] incarnations, RecordBatch[] batches) {
            this.session = session;
            this.sequence = sequence;
            this.streams = streams;
            this.incarnations = incarnations;
            this.batches = batches;
        }

        public long session() {
            return session;
        }

        public long sequence() {
            return sequence;
        }

        public int count() {
            return batches.length;
        }

        public long stream(int batch) {
            return streams[batch];
        }

        public int incarnation(int batch) {
            return incarnations[batch];
        }

        public RecordBatch batch(int batch) {
            return batches[batch];
        }
    }

    /**
     * Opens an appender's session; its id is the entry's log index.
     *
     * @param previous the session it replaces, which accepts nothing from then on; {@link #NO_SESSION} for none
     * @param limits in force from this entry on
     * @param firstSequencesChecked whether a producer that never wrote to a stream must begin with sequence 0. It holds
     *     in a shard whose first session asks for it: elsewhere the log began under other rules, and is replayed by
     *     them
     */
    record OpenSession(long previous, ProducerLimits limits, boolean firstSequencesChecked) implements Command {
        public OpenSession(long previous, ProducerLimits limits) {
            this(previous, limits, true);
        }
    }

    /** Opens streams; those already open stay as they are. Refused when a later image has been acted on. */
    record OpenStreams(long metadataVersion, List<StreamRange> ranges) implements Command {
        public OpenStreams {
            ranges = List.copyOf(ranges);
        }
    }

    /** Deletes streams and all that is known of them. Refused when a later image has been acted on. */
    record DeleteStreams(long metadataVersion, List<StreamSpan> spans) implements Command {
        public DeleteStreams {
            spans = List.copyOf(spans);
        }
    }

    /**
     * Everything in the log up to {@code range.upTo} is in segments now.
     *
     * @param segment empty when the range held nothing worth an object
     */
    record SegmentsCommitted(LogRange range, Optional<SegmentRef> segment) implements Command {}

    /**
     * Raises log starts.
     *
     * @param strict whether an offset above the stream's end is refused rather than cut to it
     */
    record Trim(boolean strict, List<TrimPoint> points) implements Command {
        public Trim {
            points = List.copyOf(points);
        }
    }

    /** A compaction's outputs, before they are created. */
    record AnnounceCompaction(CompactionIntent intent) implements Command {}

    /** A compaction given up. */
    record AbortCompaction(long intentId) implements Command {}

    /** A compaction's result. */
    record ReplaceRanges(long intentId, Replacement replacement) implements Command {}

    /** Retired objects that have been deleted. */
    record ForgetObjects(List<ObjectKey> deleted) implements Command {
        public ForgetObjects {
            deleted = List.copyOf(deleted);
        }
    }

    /**
     * The first step of a move: the streams take no more appends here, so that what they hold can be handed over.
     * Refused, all together, when one of them cannot go.
     */
    record SealStreams(long move, List<Long> streams) implements Command {
        public SealStreams {
            streams = List.copyOf(streams);
        }
    }

    /** A stream goes on here, as another shard has left it. */
    record ReceiveStream(long move, long metadataVersion, HandedStream handed) implements Command {}

    /**
     * The last step of a move: the streams that it sealed are elsewhere, and only their older records here.
     *
     * @param metadataVersion of an image that places them there
     */
    record ReleaseStreams(long move, long metadataVersion) implements Command {}

    /** A move was given up: the streams that it sealed take appends again. */
    record UnsealStreams(long move) implements Command {}

    /**
     * A move was given up: what it brought here is forgotten, and what it still might bring will be refused.
     *
     * @param streams each with the incarnation that it would have got here
     */
    record CancelMove(long move, List<StreamRange> streams) implements Command {
        public CancelMove {
            streams = List.copyOf(streams);
        }
    }

    /** Forgets streams that are elsewhere, once nothing below their log starts is here. None: changes nothing. */
    record ForgetStreams(List<Long> streams) implements Command {
        public ForgetStreams {
            streams = List.copyOf(streams);
        }
    }

    /** Stands for no session. */
    long NO_SESSION = -1;

    /** Consecutive stream ids. */
    record StreamSpan(long first, long count) {
        public StreamSpan {
            if (first < 0 || count < 1 || first + count < 0) {
                throw new IllegalArgumentException("Illegal span of " + count + " streams from " + first);
            }
        }

        public long end() {
            return first + count;
        }
    }

    /** A stream's new log start. */
    record TrimPoint(StreamId stream, long logStart) {
        public TrimPoint {
            if (logStart < 0) {
                throw new IllegalArgumentException("Log start must not be negative: " + logStart);
            }
        }
    }
}
