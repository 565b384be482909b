package io.weir.contracts.segment;

import io.weir.contracts.object.ObjectKey;

/**
 * How a shard's state refers to a manifest: an immutable object that lists segments and, per stream, which of them hold
 * which offsets.
 *
 * @param range the log entries that its segments cover together
 * @param sizeBytes of the object
 * @param crc CRC32C of the whole object
 * @param segments how many it lists
 * @param segmentBytes their sizes together
 * @param level 0 for a manifest made from segments; merging manifests gives the highest level of its inputs plus one
 */
public record ManifestRef(
        ObjectKey key, LogRange range, long sizeBytes, int crc, int segments, long segmentBytes, int level) {}
