package io.weir.wal.state;

import io.weir.contracts.identity.ShardId;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.Stay;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where the records of one stream are, put together from what copies of several shards tell of it, each of its own age
 * (ADR 14). Of a shard that the stream was at when its copy was made, or has come to since, it is known what was
 * written there; of one that it had left, only how far that reached at last.
 *
 * <p>Threading: one thread.
 */
final class Trail {
    private final List<Stay> written = new ArrayList<>();
    private final List<Stay> left = new ArrayList<>();
    private List<Stay> told = List.of();
    private long logStart;
    private long knownEnd;

    /** Where everything was written that is above the log start and below the last of these. */
    void history(List<Stay> stays) {
        if (end(stays) > end(told)) {
            told = stays;
        }
    }

    /** These offsets, and no others next to them, were written there. */
    void written(Stay stay) {
        written.add(stay);
    }

    /** The last that was written there ends here; what lies before it may have been written elsewhere. */
    void left(ShardId shard, long end, long flushedUpTo) {
        if (end > 0) {
            left.add(new Stay(shard, 0, end, flushedUpTo));
        }
    }

    /** The greatest one that any shard knows is right. */
    void logStartAtLeast(long known) {
        logStart = Math.max(logStart, known);
    }

    /** How far the stream reached, flushed or not. */
    void reached(long end) {
        knownEnd = Math.max(knownEnd, end);
    }

    /** Who wrote what is above the log start, oldest first; of too many the newest. */
    List<Stay> stays() {
        List<Stay> all = all().stream().filter(stay -> stay.to() > logStart).toList();
        return all.subList(Math.max(0, all.size() - HandedStream.MAX_STAYS), all.size());
    }

    private List<Stay> all() {
        List<Stay> stays = new ArrayList<>(told);
        for (Stay stay : sorted(written, Comparator.comparingLong(Stay::from))) {
            fill(stays, stay.from());
            add(stays, stay, stay.to());
        }
        fill(stays, Long.MAX_VALUE);
        return stays;
    }

    /** What nobody else wrote is of those that left: who left first wrote first. */
    private void fill(List<Stay> stays, long to) {
        for (Stay stay : sorted(left, Comparator.comparingLong(Stay::to))) {
            add(stays, stay, Math.min(stay.to(), to));
        }
    }

    private static void add(List<Stay> stays, Stay stay, long to) {
        long from = Math.max(stay.from(), end(stays));
        if (to <= from) {
            return;
        }
        Stay last = stays.isEmpty() ? null : stays.getLast();
        if (last != null && last.shard().equals(stay.shard()) && last.to() == from) {
            stays.removeLast();
            from = last.from();
        }
        stays.add(new Stay(stay.shard(), from, to, stay.flushedUpTo()));
    }

    private static List<Stay> sorted(List<Stay> stays, Comparator<Stay> by) {
        return stays.stream().sorted(by).toList();
    }

    private static long end(List<Stay> stays) {
        return stays.isEmpty() ? 0 : stays.getLast().to();
    }

    /** Whether it can only have been so: of two that left, one may have written before and after the other. */
    boolean isCertain() {
        long from = Math.max(logStart, end(told));
        return left.stream().filter(stay -> stay.to() > from).count() <= 1
                && all().stream().filter(stay -> stay.to() > logStart).count() <= HandedStream.MAX_STAYS;
    }

    RestoredShard.Extent extent() {
        long end = end(all());
        return new RestoredShard.Extent(logStart, end, Math.max(knownEnd, end));
    }
}
