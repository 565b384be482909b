package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.manifest.SegmentRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One look through a unit's ranges: which are live, which have become too old, and when it is worth looking again. What
 * is too old counts as dead: the trims must be committed before anybody acts on what was found.
 *
 * <p>A stream's oldest range of a segment expires as a whole, once its newest record is older than the topic's
 * retention time: what Kafka does with its log segments. The oldest is the one at the log start, or behind a gap that
 * begins there, see {@link Gaps}. What its table still waits for stays longer, see {@link TableHold}.
 */
final class Ageing {
    /** A range that is too old, but held or behind one that is not, is looked at again after this. */
    private static final long BLOCKED_MS = 10 * 60_000L;

    private final ShardSegments shard;
    private final MetadataImage image;
    private final long nowMs;
    /** Where this pass is going to trim to, so that neighbours in later units see it. */
    private final Map<StreamId, Long> trims;

    private final TableHold hold;
    private final Gaps gaps;

    private long[] liveBytes = {};
    private long[] witnessStreams = {};
    private long[] witnessOffsets = {};
    private long[] witnessDueMs = {};
    private long dueMs = Long.MAX_VALUE;
    /** Of which stream the last range that is kept is: none behind it is the oldest. */
    private long keptStream = -1;

    Ageing(ShardSegments shard, MetadataImage image, long nowMs, Map<StreamId, Long> trims, TableHold hold, Gaps gaps) {
        this.shard = shard;
        this.image = image;
        this.nowMs = nowMs;
        this.trims = trims;
        this.hold = hold;
        this.gaps = gaps;
    }

    /**
     * What lives in a segment.
     *
     * @param bytes of its live ranges
     * @param witness the stream that is going to live longest; while it does so does the segment; -1 for none
     * @param witnessOffset the end of that stream's range
     */
    record Life(long bytes, long witness, long witnessOffset) {}

    /**
     * What a look found.
     *
     * @param dueMs when the next range becomes too old
     * @param lives by segment
     * @param held the wait of what is kept for a table alone
     */
    record Finding(List<SegmentRef> segments, long dueMs, List<Life> lives, Optional<TableHold.Wait> held) {
        /** Whether each segment still has the live range that was seen last. */
        boolean holds(ShardSegments shard) {
            for (Life life : lives) {
                if (life.witness() < 0 || life.witnessOffset() <= SegmentMerge.liveFrom(shard, life.witness())) {
                    return false;
                }
            }
            return true;
        }

        boolean dead(int segment) {
            return lives.get(segment).bytes() == 0;
        }

        long liveBytes(int segment) {
            return lives.get(segment).bytes();
        }

        /** Whether so little of a segment is live that rewriting it is worth its price. */
        boolean mostlyDead(int segment) {
            long live = liveBytes(segment);
            return live > 0 && live * 4 <= segments.get(segment).sizeBytes();
        }
    }

    Finding look(Unit.Contents contents) {
        int segments = contents.segments().size();
        liveBytes = new long[segments];
        witnessStreams = new long[segments];
        Arrays.fill(witnessStreams, -1);
        witnessOffsets = new long[segments];
        witnessDueMs = new long[segments];
        dueMs = Long.MAX_VALUE;
        keptStream = -1;
        Iterator<SegmentRange> ranges = contents.ranges().get();
        long stream = -1;
        long liveFrom = 0;
        Optional<Topic> topic = Optional.empty();
        while (ranges.hasNext()) {
            SegmentRange range = ranges.next();
            if (range.stream() != stream) {
                stream = range.stream();
                StreamId id = new StreamId(stream);
                liveFrom = Math.max(SegmentMerge.liveFrom(shard, stream), trims.getOrDefault(id, 0L));
                topic = image.topicOf(id);
            }
            if (range.nextOffset() > liveFrom) {
                liveFrom = visit(range, liveFrom, topic);
            }
        }
        List<Life> lives = new ArrayList<>(segments);
        for (int i = 0; i < segments; i++) {
            lives.add(new Life(liveBytes[i], witnessStreams[i], witnessOffsets[i]));
        }
        return new Finding(contents.segments(), dueMs, lives, hold.longest());
    }

    /** Returns from where the stream is live after this range. */
    private long visit(SegmentRange range, long liveFrom, Optional<Topic> topic) {
        long retentionMs = retentionMs(topic);
        // A negative timestamp is none at all: such records never become too old.
        long expiryMs = retentionMs < 0 || range.maxTimestampMs() < 0
                ? Long.MAX_VALUE
                : saturatedSum(range.maxTimestampMs(), retentionMs);
        boolean held =
                expiryMs < nowMs && topic.filter(of -> hold.holds(of, range)).isPresent();
        if (expiryMs < nowMs && !held && isOldest(range, liveFrom, topic)) {
            trims.put(new StreamId(range.stream()), range.nextOffset());
            return range.nextOffset();
        }
        dueMs = Math.min(dueMs, expiryMs < nowMs ? Math.min(nowMs + BLOCKED_MS, hold.endsMs()) : expiryMs);
        keptStream = range.stream();
        int segment = range.segment();
        liveBytes[segment] += range.bytes();
        if (witnessStreams[segment] < 0 || expiryMs > witnessDueMs[segment]) {
            witnessStreams[segment] = range.stream();
            witnessOffsets[segment] = range.nextOffset();
            witnessDueMs[segment] = expiryMs;
        }
        return liveFrom;
    }

    private boolean isOldest(SegmentRange range, long liveFrom, Optional<Topic> topic) {
        if (range.baseOffset() <= liveFrom) {
            return true;
        }
        StreamId stream = new StreamId(range.stream());
        return range.stream() != keptStream
                && topic.flatMap(of -> of.blockOf(stream))
                        .map(block -> new StreamLocation(stream, block.shard(), block.incarnation()))
                        .filter(at -> gaps.isGap(at, new OffsetRange(liveFrom, range.baseOffset())))
                        .isPresent();
    }

    private static long retentionMs(Optional<Topic> topic) {
        return topic.map(t -> t.config().retentionMs()).orElse(-1L);
    }

    static long saturatedSum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
