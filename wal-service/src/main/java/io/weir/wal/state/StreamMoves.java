package io.weir.wal.state;

import io.weir.wal.entry.Stay;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a shard knows of streams that come and go (ADR 14). Empty in a shard that no stream ever moved to or from.
 *
 * <p>Threading: immutable. Changes copy the maps: there are a handful of moves in a cluster's day.
 *
 * @param newest the highest id of a move that took a step here: a step of an older one comes too late
 * @param over moves up to this one have nothing to begin here any more
 * @param sealed streams that take no appends, each with the move that sealed it
 * @param departed streams that are elsewhere, or were, and whose older records are here
 * @param histories of the streams that are here and were elsewhere: where their older records are, oldest first
 */
public record StreamMoves(
        long newest,
        long over,
        SortedMap<Long, Long> sealed,
        SortedMap<Long, Departed> departed,
        SortedMap<Long, List<Stay>> histories) {
    public static final StreamMoves NONE = new StreamMoves(
            -1, -1, Collections.emptySortedMap(), Collections.emptySortedMap(), Collections.emptySortedMap());

    /**
     * A stream's last stay here.
     *
     * @param incarnation that it had
     * @param end the offset after its last record here
     */
    public record Departed(int incarnation, long end) {}

    /** Whether a step of this move comes too late to change anything. */
    boolean isLate(long move) {
        return move < newest;
    }

    /** Whether this move can begin nothing here any more. */
    boolean isOver(long move) {
        return move < newest || move <= over;
    }

    public boolean isSealed(long stream) {
        return !sealed.isEmpty() && sealed.containsKey(stream);
    }

    /** The stream's last stay here; null when it has none that left records. */
    public @Nullable Departed departure(long stream) {
        return departed.isEmpty() ? null : departed.get(stream);
    }

    /** Where the stream's older records are; empty for all but streams that moved here. */
    public List<Stay> history(long stream) {
        return histories.isEmpty() ? List.of() : histories.getOrDefault(stream, List.of());
    }

    /** The first offset of the stream that was written during its present stay. */
    public long arrivedAt(long stream) {
        List<Stay> stays = history(stream);
        return stays.isEmpty() ? 0 : stays.getLast().to();
    }

    /** Drops what is below streams' log starts out of their histories. */
    StreamMoves trimmed(Map<Long, Long> logStarts) {
        return change(draft ->
                logStarts.forEach((stream, logStart) -> draft.history(stream, above(history(stream), logStart))));
    }

    static List<Stay> above(List<Stay> stays, long logStart) {
        return stays.stream().filter(stay -> stay.to() > logStart).toList();
    }

    StreamMoves change(Consumer<Draft> changing) {
        Draft draft = new Draft(this);
        changing.accept(draft);
        return new StreamMoves(
                draft.newest,
                draft.over,
                Collections.unmodifiableSortedMap(draft.sealed),
                Collections.unmodifiableSortedMap(draft.departed),
                Collections.unmodifiableSortedMap(draft.histories));
    }

    /** The next version while it is made. */
    static final class Draft {
        private long newest;
        private long over;
        private final TreeMap<Long, Long> sealed;
        private final TreeMap<Long, Departed> departed;
        private final TreeMap<Long, List<Stay>> histories;

        private Draft(StreamMoves from) {
            newest = from.newest;
            over = from.over;
            sealed = new TreeMap<>(from.sealed);
            departed = new TreeMap<>(from.departed);
            histories = new TreeMap<>(from.histories);
        }

        void step(long move) {
            newest = Math.max(newest, move);
        }

        void end(long move) {
            step(move);
            over = Math.max(over, move);
        }

        void seal(long stream, long move) {
            sealed.put(stream, move);
        }

        void unseal(long stream) {
            sealed.remove(stream);
        }

        void depart(long stream, @Nullable Departed stay) {
            if (stay == null) {
                departed.remove(stream);
            } else {
                departed.put(stream, stay);
            }
        }

        void history(long stream, List<Stay> stays) {
            if (stays.isEmpty()) {
                histories.remove(stream);
            } else {
                histories.put(stream, List.copyOf(stays));
            }
        }

        /** Streams from one id to another are gone for good. */
        void delete(long first, long end) {
            for (TreeMap<Long, ?> map : new ArrayList<TreeMap<Long, ?>>(List.of(sealed, departed, histories))) {
                map.subMap(first, end).clear();
            }
        }
    }
}
