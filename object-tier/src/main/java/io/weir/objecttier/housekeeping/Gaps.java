package io.weir.objecttier.housekeeping;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.read.SegmentObjects;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tells offsets that no record has from such that a segment holds, here or at another shard. A restore leaves a gap in
 * every stream (ADR 12): its log start stays where it was, in front of what nobody can have been given.
 *
 * <p>Nothing of it is remembered from one pass to the next: once what is behind a gap is trimmed, nobody asks again.
 *
 * <p>Threading: one thread, for one pass; waits for the store.
 */
final class Gaps {
    private final ShardSegments shard;
    private final List<Unit> units;
    private final SegmentObjects objects;
    /** What could not be read in this pass is not read again for the next stream. */
    private final Set<ObjectKey> unreadable = new HashSet<>();

    /** @param units of the shard's view */
    Gaps(ShardSegments shard, List<Unit> units, SegmentObjects objects) {
        this.shard = shard;
        this.units = units;
        this.objects = objects;
    }

    /**
     * Whether no record is left anywhere between these offsets, below one that is in this shard's segments: as long as
     * that is not certain, it is said not to be so.
     */
    boolean isGap(StreamLocation stream, OffsetRange offsets) {
        // What is in segments here was appended behind everything below it: nothing of that waits to be flushed.
        return isGap(units, stream.stream(), offsets)
                && shard.elsewhere(stream, offsets)
                        .filter(others -> others.stream()
                                .allMatch(other -> isGap(Unit.of(other.view()), stream.stream(), other.offsets())))
                        .isPresent();
    }

    private boolean isGap(List<Unit> among, StreamId stream, OffsetRange offsets) {
        return among.stream().noneMatch(unit -> mayHold(unit, stream, offsets));
    }

    private boolean mayHold(Unit unit, StreamId stream, OffsetRange offsets) {
        if (unreadable.contains(unit.key())) {
            return true;
        }
        try {
            return unit.holds(objects, stream.value(), offsets);
        } catch (RuntimeException failure) {
            FailureCode code = ServiceException.of(failure).code();
            if (code != FailureCode.CORRUPT && code != FailureCode.OBJECT_MISSING) {
                throw failure;
            }
            // Damaged, as the look at it finds, too; or of another shard, and already replaced there.
            unreadable.add(unit.key());
            return true;
        }
    }
}
