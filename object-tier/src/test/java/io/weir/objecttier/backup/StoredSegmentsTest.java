package io.weir.objecttier.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.naming.ObjectName;
import io.weir.objecttier.naming.ObjectName.Kind;
import io.weir.objecttier.sample.SampleBatches;
import io.weir.objecttier.segment.SegmentBuilder;
import io.weir.testsupport.object.MemoryObjectStore;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StoredSegmentsTest {
    private static final ShardId SHARD = new ShardId(2);
    private static final long STREAM = 9;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private long nonce = 77;

    /** A segment of the entries, with one record for each, at the offset of the same number. */
    private SegmentRef flush(long from, long upTo) {
        return write(Kind.FLUSHED, from, upTo);
    }

    private SegmentRef write(Kind kind, long from, long upTo) {
        LogRange range = new LogRange(from, upTo);
        SegmentBuilder builder = new SegmentBuilder();
        for (long entry = from; entry <= upTo; entry++) {
            builder.add(STREAM, SampleBatches.raw(entry, 1, 100, entry));
        }
        nonce = nonce * 6_364_136_223_846_793_005L + 1;
        SegmentBuilder.Built built = builder.finish(new ObjectName(kind, SHARD, 4, range, nonce).key(), range, 0);
        assertThat(store.create(built.ref().key(), built.content()).join()).isTrue();
        return built.ref();
    }

    private List<SegmentRef> behind(long flushedUpTo) {
        return new StoredSegments(store, SHARD)
                .flushedBehind(flushedUpTo).stream()
                        .map(StoredSegments.Found::segment)
                        .toList();
    }

    @Test
    void findsWhatWasFlushedBehindTheBackupWithTheReferencesThatWereLost() {
        flush(0, 10);
        SegmentRef second = flush(11, 20);
        SegmentRef third = flush(21, 21);

        assertThat(behind(10)).containsExactly(second, third);
        assertThat(new StoredSegments(store, SHARD).flushedBehind(10).getFirst())
                .satisfies(found -> assertThat(found.offsets()).isEqualTo(Map.of(STREAM, new OffsetRange(11, 21))))
                .satisfies(found -> assertThat(found.records()).isEqualTo(10));
        assertThat(behind(21)).isEmpty();
    }

    /** A deposed leader and its successor both flushed from the same entry on; one of the commits was refused. */
    @Test
    void takesNoEntryTwiceWhenTwoLeadersFlushedFromTheSameOne() {
        flush(11, 15);
        SegmentRef committed = flush(11, 20);
        flush(21, 24);
        SegmentRef furthest = flush(21, 30);

        assertThat(behind(10)).containsExactly(committed, furthest);
    }

    @Test
    void aSegmentThatWasNotCommittedIsTakenWhenItReachesFurthest() {
        flush(11, 15);
        flush(16, 20);
        SegmentRef longer = flush(11, 40);

        assertThat(behind(10)).containsExactly(longer);
    }

    /** A flush in which nothing lived any more left no object. */
    @Test
    void passesOverEntriesOfWhichNothingWasLeft() {
        SegmentRef first = flush(11, 20);
        SegmentRef second = flush(31, 40);

        assertThat(behind(10)).containsExactly(first, second);
    }

    @Test
    void outputsOfAMergeAreNotTaken() {
        SegmentRef flushed = flush(11, 20);
        write(Kind.COMPACTED, 11, 20);

        assertThat(behind(10)).containsExactly(flushed);
    }

    @Test
    void namesADamagedSegmentAndTakesTheOthers() {
        SegmentRef damaged = flush(11, 20);
        SegmentRef whole = flush(21, 30);
        byte[] bytes = store.bytes(damaged.key());
        store.overwrite(damaged.key(), Arrays.copyOf(bytes, bytes.length - 1));

        StoredSegments segments = new StoredSegments(store, SHARD);

        assertThat(segments.flushedBehind(10))
                .extracting(StoredSegments.Found::segment)
                .containsExactly(whole);
        assertThat(segments.damaged()).containsExactly(damaged.key());
    }

    @Test
    void namesWhatAViewRefersToAndIsGone() {
        SegmentRef there = flush(0, 10);
        SegmentRef gone = flush(11, 20);
        store.delete(List.of(gone.key())).join();
        ManifestRef manifest = new ManifestRef(new ObjectKey("a/2/m"), new LogRange(0, 0), 100, 1, 1, 1, 0);
        SegmentView view = new SegmentView(SHARD, 1, List.of(manifest), List.of(there, gone));

        assertThat(new StoredSegments(store, SHARD).missing(view))
                .containsExactlyInAnyOrder(gone.key(), manifest.key());
    }
}
