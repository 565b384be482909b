package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments;
import io.weir.objecttier.manifest.SegmentRange;
import io.weir.objecttier.read.SegmentObjects;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Retention by bytes: a stream's oldest range of a segment goes while what remains is still as big as its topic's
 * {@code retention.bytes}. Of a stream that moved, what is at each shard is counted by itself: more may be kept, never
 * less. What is not flushed yet is not counted; what its table still waits for stays, see {@link TableHold}.
 */
final class SizeRetention {
    /** How many streams one pass looks after; the next pass takes the next ones. */
    static final int MAX_STREAMS = 50_000;

    private long resumeAt;
    private long seenView = -1;
    private long seenImage = -1;
    private boolean holding;

    private static final class Account {
        private final Topic topic;
        private long bytes;
        private boolean settled;

        private Account(Topic topic) {
            this.topic = topic;
        }

        /** Whether what remains without the range is still enough. */
        private boolean spares(SegmentRange range) {
            return bytes - range.bytes() >= topic.config().retentionBytes();
        }
    }

    /** Where to trim which streams; empty at once when neither segments nor topics have changed. */
    Map<StreamId, Long> pass(
            ShardSegments shard,
            MetadataImage image,
            ObjectStore store,
            SegmentObjects objects,
            TableHold hold,
            Damaged damaged) {
        SegmentView view = shard.view();
        if (view.version() == seenView && image.version() == seenImage && resumeAt == 0 && !holding) {
            return Map.of();
        }
        Map<Long, Account> accounts = accounts(shard, image);
        Map<StreamId, Long> trims = new HashMap<>();
        if (!accounts.isEmpty()) {
            // Nothing of a unit counts that could not be read to its end: it could not be trimmed either.
            for (Unit unit : Unit.of(view)) {
                damaged.unless(unit.key(), () -> sums(shard, unit.contents(store, objects), accounts))
                        .ifPresent(sums -> sums.forEach((account, bytes) -> account.bytes += bytes));
            }
            for (Unit unit : Unit.of(view)) {
                damaged.unless(unit.key(), () -> trims(shard, unit.contents(store, objects), accounts, hold))
                        .ifPresent(trims::putAll);
            }
        }
        seenView = view.version();
        seenImage = image.version();
        holding = hold.longest().isPresent();
        return trims;
    }

    private Map<Long, Account> accounts(ShardSegments shard, MetadataImage image) {
        Map<Long, Account> accounts = new HashMap<>();
        long begin = resumeAt;
        resumeAt = 0;
        long last = Long.MAX_VALUE;
        Set<StreamId> departed = shard.departed();
        for (Topic topic : image.topics()) {
            if (topic.config().retentionBytes() < 0) {
                continue;
            }
            for (PartitionBlock block : topic.blocks()) {
                long first = block.firstStream().value();
                boolean here = block.shard().equals(shard.shard());
                for (long s = Math.max(first, begin);
                        (here || !departed.isEmpty()) && s < first + block.count() && s < last;
                        s++) {
                    if (here || departed.contains(new StreamId(s))) {
                        accounts.put(s, new Account(topic));
                    }
                }
            }
            if (accounts.size() > MAX_STREAMS) {
                last = accounts.keySet().stream()
                        .sorted()
                        .skip(MAX_STREAMS)
                        .findFirst()
                        .orElse(last);
                long end = last;
                accounts.keySet().removeIf(stream -> stream >= end);
                resumeAt = last;
            }
        }
        return accounts;
    }

    private static Map<Account, Long> sums(ShardSegments shard, Unit.Contents contents, Map<Long, Account> accounts) {
        Map<Account, Long> sums = new HashMap<>();
        eachLive(shard, contents, accounts, (account, range) -> sums.merge(account, range.bytes(), Long::sum));
        return sums;
    }

    private static Map<StreamId, Long> trims(
            ShardSegments shard, Unit.Contents contents, Map<Long, Account> accounts, TableHold hold) {
        Map<StreamId, Long> trims = new HashMap<>();
        eachLive(shard, contents, accounts, (account, range) -> {
            if (account.settled) {
                return;
            }
            if (account.spares(range) && !hold.holds(account.topic, range)) {
                account.bytes -= range.bytes();
                trims.put(new StreamId(range.stream()), range.nextOffset());
            } else {
                account.settled = true;
            }
        });
        return trims;
    }

    private static void eachLive(
            ShardSegments shard,
            Unit.Contents contents,
            Map<Long, Account> accounts,
            BiConsumer<Account, SegmentRange> visit) {
        Iterator<SegmentRange> ranges = contents.ranges().get();
        while (ranges.hasNext()) {
            SegmentRange range = ranges.next();
            Account account = accounts.get(range.stream());
            if (account != null && isLive(shard, range)) {
                visit.accept(account, range);
            }
        }
    }

    private static boolean isLive(ShardSegments shard, SegmentRange range) {
        return range.nextOffset() > SegmentMerge.liveFrom(shard, range.stream());
    }
}
