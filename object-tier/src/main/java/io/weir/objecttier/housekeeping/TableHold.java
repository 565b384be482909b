package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.contracts.table.TablePointer;
import io.weir.objecttier.manifest.SegmentRange;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long retention waits for a topic's table: what is not in the table yet stays until its newest record is older
 * than the topic's {@code retention.ms} and {@code table.max-hold} together. Without a retention time the age alone is
 * compared with {@code table.max-hold}. Records without a timestamp are not held: nothing tells how long they were.
 *
 * <p>Threading: one thread, for one look; streams of one topic should follow each other.
 */
final class TableHold {
    private final MetadataImage image;
    private final boolean tables;
    private final long nowMs;
    private @Nullable Topic topic;
    private @Nullable TablePointer table;
    private @Nullable Wait longest;

    /** @param tables whether topics become tables at all */
    TableHold(MetadataImage image, boolean tables, long nowMs) {
        this.image = image;
        this.tables = tables;
        this.nowMs = nowMs;
    }

    /**
     * A range that is kept for its table alone.
     *
     * @param sinceMs when retention would have taken it; it may have taken it earlier, by size
     * @param untilMs when it goes, whether it is in the table or not
     */
    record Wait(long sinceMs, long untilMs) {
        /** How much of the time is over: 0 for none of it, 1 for all. */
        double share(long nowMs) {
            return untilMs <= sinceMs ? 1 : Math.clamp((double) (nowMs - sinceMs) / (untilMs - sinceMs), 0, 1);
        }
    }

    /** The wait that is going to end first, of those that {@link #holds} met. */
    Optional<Wait> longest() {
        return Optional.ofNullable(longest);
    }

    /** When something that is held now may not be any more, though its table has not got further. */
    long endsMs() {
        return longest == null ? Long.MAX_VALUE : Ageing.saturatedSum(longest.untilMs(), 1);
    }

    /** Whether a range that retention wants is kept for the topic's table. */
    boolean holds(Topic of, SegmentRange range) {
        TopicConfig config = of.config();
        if (!tables || !config.table().enabled() || range.maxTimestampMs() < 0) {
            return false;
        }
        long holdMs = config.table().maxHold().toMillis();
        long sinceMs = Ageing.saturatedSum(range.maxTimestampMs(), Math.max(0, config.retentionMs()));
        long untilMs = Ageing.saturatedSum(sinceMs, holdMs);
        if (untilMs < nowMs || range.nextOffset() <= watermark(of, new StreamId(range.stream()))) {
            return false;
        }
        if (longest == null || untilMs < longest.untilMs()) {
            longest = new Wait(sinceMs, untilMs);
        }
        return true;
    }

    private long watermark(Topic of, StreamId stream) {
        if (topic == null || !topic.id().equals(of.id())) {
            topic = of;
            table = image.tables().tableOf(of.id()).orElse(null);
        }
        return table == null ? 0 : table.watermark(stream);
    }
}
