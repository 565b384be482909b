package io.weir.contracts.segment;

import io.weir.contracts.identity.ShardId;
import java.util.List;

/**
 * Everything a shard has flushed, at one applied version: manifests for what is old, single segments for what is not in
 * a manifest yet. No log entry's batches are in two of them.
 *
 * <p>Threading: immutable.
 *
 * @param version grows whenever the lists change
 * @param manifests in ascending log order
 * @param segments in ascending log order
 */
public record SegmentView(ShardId shard, long version, List<ManifestRef> manifests, List<SegmentRef> segments) {
    public SegmentView {
        manifests = List.copyOf(manifests);
        segments = List.copyOf(segments);
    }

    public static SegmentView empty(ShardId shard) {
        return new SegmentView(shard, 0, List.of(), List.of());
    }
}
