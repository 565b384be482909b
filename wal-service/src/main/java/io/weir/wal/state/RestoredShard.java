package io.weir.wal.state;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.wal.entry.Stay;
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
import java.util.stream.Stream;

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
    /** What was flushed after the backup, per stream in runs without a gap. */
    private final Map<Long, List<OffsetRange>> flushedSince = new HashMap<>();

    private final Map<Long, Arrival> arrivals = new HashMap<>();
    private OpenRanges placed = OpenRanges.NONE;

    /** What shards know together of a stream that is placed here. */
    private record Arrival(List<Stay> history, Extent extent) {}

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
     * @param offsets per stream, those of its records in the segment
     */
    public void attach(SegmentRef segment, Map<Long, OffsetRange> offsets) {
        if (segment.range().from() <= flushedUpTo()
                || (!attached.isEmpty()
                        && segment.range().from() <= attached.getLast().range().upTo())) {
            throw new IllegalArgumentException("Segment " + segment.key() + " does not come behind the others");
        }
        attached.add(segment);
        offsets.forEach(
                (stream, range) -> append(flushedSince.computeIfAbsent(stream, runs -> new ArrayList<>()), range));
    }

    private static void append(List<OffsetRange> runs, OffsetRange range) {
        if (!runs.isEmpty() && runs.getLast().to() == range.from()) {
            runs.add(new OffsetRange(runs.removeLast().from(), range.to()));
        } else {
            runs.add(range);
        }
    }

    /**
     * Tells which streams are placed here. Of others only what they left here is known, as of such that moved to
     * another shard, until it turns out that they have no topic.
     */
    public void place(List<StreamRange> streams) {
        placed = OpenRanges.NONE.plus(streams);
    }

    boolean isPlaced(long stream) {
        return placed.find(stream) != null;
    }

    /** The streams that are known here and placed elsewhere, or nowhere; ascending. */
    Set<Long> strays() {
        Set<Long> strays = new TreeSet<>();
        for (int row = 0; row < lost.streams().limit(); row++) {
            if (lost.streams().inUse(row) && !isPlaced(lost.streams().id(row))) {
                strays.add(lost.streams().id(row));
            }
        }
        Stream.of(flushedSince.keySet(), lost.moves().departed().keySet())
                .flatMap(Set::stream)
                .filter(stream -> !isPlaced(stream))
                .forEach(strays::add);
        return strays;
    }

    /** What this shard's backup, and what was flushed since, tell of a stream. */
    void tell(long stream, Trail trail) {
        int row = lost.streams().find(stream);
        if (row != StreamTable.NONE) {
            trail.logStartAtLeast(lost.streams().logStart(row));
            trail.reached(lost.streams().next(row));
        }
        if (lost.open().find(stream) != null) {
            trail.history(lost.moves().history(stream));
        } else {
            trail.left(lost.shard(), departedEnd(stream), reached());
        }
        written(stream).forEach(run -> trail.written(new Stay(lost.shard(), run.from(), run.to(), reached())));
    }

    /** What is known to have been written here, apart from what was before the stream had left once. */
    private List<OffsetRange> written(long stream) {
        List<OffsetRange> runs = new ArrayList<>();
        int row = lost.streams().find(stream);
        if (row != StreamTable.NONE && lost.open().find(stream) != null) {
            long from = lost.moves().arrivedAt(stream);
            long to = lost.streams().flushedNext(row);
            if (to > from) {
                runs.add(new OffsetRange(from, to));
            }
        }
        flushedSince.getOrDefault(stream, List.of()).forEach(run -> append(runs, run));
        return runs;
    }

    private long departedEnd(long stream) {
        StreamMoves.Departed departed = lost.moves().departure(stream);
        return departed == null ? 0 : departed.end();
    }

    /** The stream is placed here, and this is where its records are. */
    void arrive(long stream, Trail trail) {
        List<Stay> stays = trail.stays();
        boolean present = !stays.isEmpty() && stays.getLast().shard().equals(lost.shard());
        arrivals.put(stream, new Arrival(present ? stays.subList(0, stays.size() - 1) : stays, trail.extent()));
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
        Arrival arrival = arrivals.get(stream);
        if (arrival != null) {
            return arrival.extent();
        }
        int row = lost.streams().find(stream);
        List<OffsetRange> since = flushedSince.getOrDefault(stream, List.of());
        long attachedEnd = since.isEmpty() ? 0 : since.getLast().to();
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
     * @param producersBelow ids of producers below this one were given out, perhaps
     */
    public void writeTo(OutputStream out, Restoration restoration, LogPosition at, long producersBelow)
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
                        placed.ranges(), List.of(), List.of(), view, List.of(), lost.retired(), lost.ingress()));
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
        return lost.moves().change(draft -> {
            lost.moves().sealed().keySet().forEach(draft::unseal);
            for (long stream : strays()) {
                draft.depart(stream, left(state.streams(), stream));
                draft.history(stream, List.of());
            }
            arrivals.forEach((stream, arrival) -> draft.history(stream, arrival.history()));
        });
    }

    private StreamMoves.Departed left(StreamTable streams, long stream) {
        List<OffsetRange> runs = written(stream);
        long end = runs.isEmpty() ? departedEnd(stream) : runs.getLast().to();
        int row = streams.findOrAdd(stream);
        streams.logStart(row, Math.min(extent(stream).logStart(), end));
        streams.next(row, end);
        streams.flushedNext(row, end);
        StreamRange before = lost.open().find(stream);
        StreamMoves.Departed earlier = lost.moves().departure(stream);
        int incarnation = earlier == null ? 0 : earlier.incarnation();
        return new StreamMoves.Departed(before == null ? incarnation : before.incarnation(), end);
    }
}
