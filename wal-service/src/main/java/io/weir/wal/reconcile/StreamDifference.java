package io.weir.wal.reconcile;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.wal.entry.Command.StreamSpan;
import io.weir.wal.entry.StreamRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What has to be opened and deleted, so that a shard has the streams that an image places there. */
record StreamDifference(List<StreamRange> toOpen, List<StreamSpan> toDelete) {
    static StreamDifference between(MetadataImage image, ShardId shard, List<StreamRange> open) {
        List<StreamRange> wanted = wanted(image, shard);
        List<StreamRange> toOpen = new ArrayList<>();
        for (StreamSpan gap : missing(wanted, open)) {
            toOpen.add(cut(wanted, gap));
        }
        return new StreamDifference(toOpen, missing(open, wanted));
    }

    boolean isEmpty() {
        return toOpen.isEmpty() && toDelete.isEmpty();
    }

    private static List<StreamRange> wanted(MetadataImage image, ShardId shard) {
        List<StreamRange> wanted = new ArrayList<>();
        for (Topic topic : image.topics()) {
            for (PartitionBlock block : topic.blocks()) {
                if (block.shard().equals(shard)) {
                    wanted.add(new StreamRange(
                            block.firstStream().value(),
                            block.count(),
                            block.incarnation().value(),
                            topic.tenant()));
                }
            }
        }
        wanted.sort(Comparator.comparingLong(StreamRange::first));
        return wanted;
    }

    /** The parts of the ranges that the others don't cover, each inside one range; both lists ascend. */
    private static List<StreamSpan> missing(List<StreamRange> ranges, List<StreamRange> others) {
        List<StreamSpan> missing = new ArrayList<>();
        int other = 0;
        for (StreamRange range : ranges) {
            long from = range.first();
            while (other < others.size() && others.get(other).end() <= from) {
                other++;
            }
            int at = other;
            while (from < range.end()) {
                long covered = at < others.size()
                        ? Math.min(range.end(), others.get(at).first())
                        : range.end();
                if (covered > from) {
                    missing.add(new StreamSpan(from, covered - from));
                }
                if (at == others.size()) {
                    break;
                }
                from = Math.max(from, others.get(at).end());
                at++;
            }
        }
        return missing;
    }

    private static StreamRange cut(List<StreamRange> wanted, StreamSpan gap) {
        int low = 0;
        int high = wanted.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (wanted.get(middle).first() <= gap.first()) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        StreamRange range = wanted.get(low);
        return new StreamRange(gap.first(), gap.count(), range.incarnation(), range.tenant());
    }
}
