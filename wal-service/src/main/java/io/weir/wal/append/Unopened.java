package io.weir.wal.append;

import io.weir.contracts.identity.StreamLocation;
import io.weir.wal.duty.Duty;
import io.weir.wal.state.OpenRanges;
import io.weir.wal.state.StreamMoves;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Batches of streams that the image places here and that are about to be opened. Batches of one stream stay in order:
 * while one waits, those behind it do. Threading: the appender's thread.
 */
final class Unopened {
    private final Predicate<StreamLocation> known;
    private final long waitNanos;
    private final Map<Long, ArrayDeque<PendingAppend>> byStream = new LinkedHashMap<>();

    Unopened(Predicate<StreamLocation> known, long waitNanos) {
        this.known = known;
        this.waitNanos = waitNanos;
    }

    enum Judgement {
        OPEN,
        /** The batch was taken in. */
        WAITS,
        /** The stream has left. */
        MOVED,
        UNKNOWN
    }

    Judgement judge(PendingAppend append, OpenRanges open, StreamMoves moves) {
        long stream = append.location().stream().value();
        ArrayDeque<PendingAppend> waiting = byStream.isEmpty() ? null : byStream.get(stream);
        if (waiting != null) {
            waiting.addLast(append);
            return Judgement.WAITS;
        }
        if (open.find(stream) != null) {
            return Judgement.OPEN;
        }
        StreamMoves.Departed stay = moves.departure(stream);
        if (stay != null && append.location().incarnation().value() <= stay.incarnation()) {
            return Judgement.MOVED;
        }
        if (!known.test(append.location())) {
            return Judgement.UNKNOWN;
        }
        byStream.computeIfAbsent(stream, id -> new ArrayDeque<>()).addLast(append);
        return Judgement.WAITS;
    }

    /** Lets go of the batches whose streams are open now. */
    void release(OpenRanges open, Consumer<PendingAppend> to) {
        for (Iterator<Map.Entry<Long, ArrayDeque<PendingAppend>>> each =
                        byStream.entrySet().iterator();
                each.hasNext(); ) {
            Map.Entry<Long, ArrayDeque<PendingAppend>> stream = each.next();
            if (open.find(stream.getKey()) != null) {
                stream.getValue().forEach(to);
                each.remove();
            }
        }
    }

    boolean anyExpired(long nowNanos) {
        return byStream.values().stream().anyMatch(waiting -> isExpired(waiting, nowNanos));
    }

    private boolean isExpired(ArrayDeque<PendingAppend> waiting, long nowNanos) {
        return waiting.getFirst().waitedNanos(nowNanos) >= waitNanos;
    }

    /** Lets go of the batches of streams whose first has waited for too long. */
    void expire(long nowNanos, Consumer<PendingAppend> to) {
        for (Iterator<ArrayDeque<PendingAppend>> each = byStream.values().iterator(); each.hasNext(); ) {
            ArrayDeque<PendingAppend> waiting = each.next();
            if (isExpired(waiting, nowNanos)) {
                waiting.forEach(to);
                each.remove();
            }
        }
    }

    void drainTo(Collection<PendingAppend> into) {
        byStream.values().forEach(into::addAll);
        byStream.clear();
    }

    /** Until the next one has waited for too long. */
    long nanosLeft(long nowNanos) {
        long left = Duty.UNTIL_SIGNALLED;
        for (ArrayDeque<PendingAppend> waiting : byStream.values()) {
            left = Math.min(left, waitNanos - waiting.getFirst().waitedNanos(nowNanos));
        }
        return Math.max(1, left);
    }
}
