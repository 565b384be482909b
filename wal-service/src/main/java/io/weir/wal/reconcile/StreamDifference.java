package io.weir.wal.reconcile;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.wal.entry.Command.StreamSpan;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.StreamMoves;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** What has to be opened and deleted, so that a shard has the streams that an image places there. */
record StreamDifference(List<StreamRange> toOpen, List<StreamSpan> toDelete) {
    static StreamDifference between(MetadataImage image, ShardId shard, List<StreamRange> open, StreamMoves moves) {
        List<StreamRange> wanted = placed(image, block -> block.shard().equals(shard));
        List<StreamRange> toOpen = new ArrayList<>();
        for (StreamSpan gap : missing(wanted, open)) {
            toOpen.add(cut(wanted, gap));
        }
        List<StreamSpan> unplaced = missing(open, wanted);
        if (unplaced.isEmpty() && moves.departed().isEmpty()) {
            return new StreamDifference(toOpen, List.of());
        }
        List<StreamRange> anywhere = placed(image, block -> true);
        List<StreamSpan> toDelete = new ArrayList<>(missing(open, anywhere));
        toDelete.addAll(missing(departed(moves), anywhere));
        return new StreamDifference(toOpen, List.copyOf(toDelete));
    }

    /** One by one: they are few, and neither tenant nor incarnation matter here. */
    private static List<StreamRange> departed(StreamMoves moves) {
        return moves.departed().entrySet().stream()
                .map(stream ->
                        new StreamRange(stream.getKey(), 1, stream.getValue().incarnation(), TenantId.DEFAULT))
                .toList();
    }

    boolean isEmpty() {
        return toOpen.isEmpty() && toDelete.isEmpty();
    }

    private static List<StreamRange> placed(MetadataImage image, Predicate<PartitionBlock> which) {
        List<StreamRange> wanted = new ArrayList<>();
        for (Topic topic : image.topics()) {
            for (PartitionBlock block : topic.blocks()) {
                if (which.test(block)) {
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
