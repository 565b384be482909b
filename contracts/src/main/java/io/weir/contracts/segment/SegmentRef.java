package io.weir.contracts.segment;

import io.weir.contracts.object.ObjectKey;

/**
 * How a shard's state refers to one of its segments.
 *
 * @param range the log entries whose batches it holds, less what was trimmed
 * @param sizeBytes of the object
 * @param footerBytes how many of its last bytes are footer and trailer, so that one range read fetches the index
 * @param footerCrc CRC32C of these bytes
 * @param maxTimestampMs the largest record timestamp inside; lets retention skip it unread
 * @param level 0 as flushed; compaction's outputs have the highest level of their inputs plus one
 */
public record SegmentRef(
        ObjectKey key, LogRange range, long sizeBytes, int footerBytes, int footerCrc, long maxTimestampMs, int level) {
    public SegmentRef {
        if (sizeBytes < footerBytes || footerBytes <= 0 || level < 0) {
            throw new IllegalArgumentException("Illegal segment " + key + ": " + sizeBytes + " bytes, footer of "
                    + footerBytes + ", level " + level);
        }
    }
}
