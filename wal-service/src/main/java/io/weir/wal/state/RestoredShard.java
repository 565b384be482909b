package io.weir.wal.state;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.wal.entry.StreamRange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The state that a shard goes on with whose log is lost: a backup of it, and the segments that were flushed since.
 *
 * <p>What the log alone held is gone. No offset that may have been given to it is given again: each stream goes on at a
 * multiple of {@link #OFFSET_RANGE} (ADR 12). Sessions, intents and producers are forgotten.
 *
 * <p>Threading: one thread.
 */
public final class RestoredShard {
    /** More records than one stream is given in one life of a cluster. */
    public static final long OFFSET_RANGE = 1_000_000_000_000L;

    private final ShardState lost;
    private final List<SegmentRef> attached = new ArrayList<>();
    private final Map<Long, Long> attachedEnds = new HashMap<>();

    private RestoredShard(ShardState lost) {
        this.lost = lost;
    }

    /** @throws IOException when the bytes are damaged, of another shard, or of an unknown version */
    public static RestoredShard read(ShardId shard, InputStream backup) throws IOException {
        return new RestoredShard(SnapshotCodec.read(shard, backup));
    }

    /** Of a shard that was lost before its first backup. */
    public static RestoredShard empty(ShardId shard) {
        return new RestoredShard(new ShardState(shard));
    }

    /** Everything up to this log index is in segments that the backup knows. */
    public long flushedUpTo() {
        return lost.flushedUpTo();
    }

    /** The last entry of the lost log that is known of. */
    public long reached() {
        long applied = lost.applied();
        return attached.isEmpty()
                ? applied
                : Math.max(applied, attached.getLast().range().upTo());
    }

    /** The segments that the backup knows. */
    public SegmentView view() {
        return lost.view();
    }

    /**
     * Takes a segment in that was flushed after the backup; in the order of the log.
     *
     * @param ends per stream, the offset behind its last record in the segment
     */
    public void attach(SegmentRef segment, Map<Long, Long> ends) {
        if (segment.range().from() <= flushedUpTo()
                || (!attached.isEmpty()
                        && segment.range().from() <= attached.getLast().range().upTo())) {
            throw new IllegalArgumentException("Segment " + segment.key() + " does not come behind the others");
        }
        attached.add(segment);
        ends.forEach((stream, end) -> attachedEnds.merge(stream, end, Math::max));
    }

    /**
     * What became of a stream.
     *
     * @param logStart its first offset
     * @param end behind its last record that is in segments
     * @param knownEnd how far it reached when the backup was made, or further
     */
    public record Extent(long logStart, long end, long knownEnd) {
        /** How many offsets were given out, as far as is known, whose records are gone. */
        public long lost() {
            return Math.max(0, knownEnd - Math.max(end, logStart));
        }

        /** How many offsets are in segments. */
        public long kept() {
            return Math.max(0, end - logStart);
        }

        private long goesOnAt(Restoration restoration) {
            return restoration.goesOnAt(Math.max(knownEnd, end), OFFSET_RANGE);
        }
    }

    public Extent extent(long stream) {
        int row = lost.streams().find(stream);
        long attachedEnd = attachedEnds.getOrDefault(stream, 0L);
        if (row == StreamTable.NONE) {
            return new Extent(0, attachedEnd, attachedEnd);
        }
        long end = Math.max(lost.streams().flushedNext(row), attachedEnd);
        return new Extent(
                lost.streams().logStart(row), end, Math.max(lost.streams().next(row), end));
    }

    /**
     * Writes the state.
     *
     * @param at where the log goes on: beyond anything that the lost one can have held, and {@link #reached}
     * @param open the streams that are placed here; of others only what they left here is known, as of such that moved
     *     to another shard, until it turns out that they have no topic
     * @param producersBelow ids of producers below this one were given out, perhaps
     */
    public void writeTo(
            OutputStream out, Restoration restoration, LogPosition at, List<StreamRange> open, long producersBelow)
            throws IOException {
        if (at.index() <= reached()) {
            throw new IllegalArgumentException("The log cannot go on at " + at + ", it has reached " + reached());
        }
        ShardState state = new ShardState(lost.shard());
        List<SegmentRef> segments = new ArrayList<>(lost.view().segments());
        segments.addAll(attached);
        SegmentView view = new SegmentView(
                lost.shard(), lost.view().version() + 1, lost.view().manifests(), segments);
        state.restore(
                new FrozenState.Marks(at.index(), lost.timeMs(), at.index(), 0),
                new FrozenState.Lists(
                        OpenRanges.NONE.plus(open).ranges(),
                        List.of(),
                        List.of(),
                        view,
                        List.of(),
                        lost.retired(),
                        lost.ingress()));
        StreamTable streams = state.streams();
        for (StreamRange range : state.open().ranges()) {
            for (long stream = range.first(); stream < range.end(); stream++) {
                Extent extent = extent(stream);
                int row = streams.findOrAdd(stream);
                streams.logStart(row, extent.logStart());
                long next = extent.goesOnAt(restoration);
                streams.next(row, next);
                streams.flushedNext(row, next);
            }
        }
        state.restore(moves(state));
        state.producers().limits(lost.producers().limits());
        state.producers().forgotten(producersBelow - 1);
        SnapshotCodec.write(state.freeze(), out);
    }

    /** Where the older records of streams are that came, and what those left that went. */
    private StreamMoves moves(ShardState state) {
        Set<Long> known = new TreeSet<>(attachedEnds.keySet());
        for (int row = 0; row < lost.streams().limit(); row++) {
            if (lost.streams().inUse(row)) {
                known.add(lost.streams().id(row));
            }
        }
        return lost.moves().change(draft -> {
            lost.moves().sealed().keySet().forEach(draft::unseal);
            for (long stream : known) {
                if (state.open().find(stream) == null) {
                    draft.depart(stream, left(state.streams(), stream));
                    draft.history(stream, List.of());
                }
            }
        });
    }

    private StreamMoves.Departed left(StreamTable streams, long stream) {
        Extent extent = extent(stream);
        int row = streams.findOrAdd(stream);
        streams.logStart(row, Math.min(extent.logStart(), extent.end()));
        streams.next(row, extent.end());
        streams.flushedNext(row, extent.end());
        StreamRange before = lost.open().find(stream);
        StreamMoves.Departed earlier = lost.moves().departure(stream);
        int incarnation = earlier == null ? 0 : earlier.incarnation();
        return new StreamMoves.Departed(before == null ? incarnation : before.incarnation(), extent.end());
    }
}
