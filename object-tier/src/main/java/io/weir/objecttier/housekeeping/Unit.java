package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.manifest.Manifest;
import io.weir.objecttier.manifest.ManifestHead;
import io.weir.objecttier.manifest.ManifestPage;
import io.weir.objecttier.manifest.SegmentRange;
import io.weir.objecttier.manifest.SegmentRanges;
import io.weir.objecttier.read.SegmentObjects;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/** What a view refers to directly: a manifest with its segments, or a single segment. */
sealed interface Unit {
    ObjectKey key();

    /** Reads what is in it; waits for the store. */
    Contents contents(ObjectStore store, SegmentObjects objects);

    /** Whether records of the stream between these offsets are in it; waits for the store. */
    boolean holds(SegmentObjects objects, long stream, OffsetRange offsets);

    /**
     * A unit's segments and their ranges.
     *
     * @param ranges a new iteration each time
     */
    record Contents(List<SegmentRef> segments, Supplier<Iterator<SegmentRange>> ranges) {}

    /** In ascending log order. */
    static List<Unit> of(SegmentView view) {
        List<Unit> units = new ArrayList<>();
        view.manifests().forEach(manifest -> units.add(new Listed(manifest)));
        view.segments().forEach(segment -> units.add(new Single(segment)));
        return units;
    }

    /** A segment that no manifest lists. */
    record Single(SegmentRef segment) implements Unit {
        @Override
        public ObjectKey key() {
            return segment.key();
        }

        @Override
        public Contents contents(ObjectStore store, SegmentObjects objects) {
            var index = objects.index(segment).join();
            return new Contents(List.of(segment), () -> SegmentRanges.of(index, 0));
        }

        @Override
        public boolean holds(SegmentObjects objects, long stream, OffsetRange offsets) {
            var index = objects.index(segment).join();
            int block = index.find(stream, offsets.from());
            return block >= 0 && index.baseOffset(block) < offsets.to();
        }
    }

    /** A manifest. */
    record Listed(ManifestRef manifest) implements Unit {
        @Override
        public ObjectKey key() {
            return manifest.key();
        }

        @Override
        public Contents contents(ObjectStore store, SegmentObjects objects) {
            ByteBuffer object = SegmentObjects.whole(store, manifest.key(), 0, Math.toIntExact(manifest.sizeBytes()))
                    .join();
            ManifestHead head = Manifest.head(manifest, object);
            return new Contents(head.segments(), () -> Manifest.ranges(manifest, head, object));
        }

        @Override
        public boolean holds(SegmentObjects objects, long stream, OffsetRange offsets) {
            ManifestHead head = objects.head(manifest).join();
            for (int number = head.pageOf(stream, offsets.from());
                    number < head.pages().size();
                    number++) {
                if (head.pages().get(number).firstStream() > stream) {
                    return false;
                }
                ManifestPage page = objects.page(manifest, head, number).join();
                int first = page.find(stream, offsets.from());
                if (first < page.ranges().size()) {
                    SegmentRange range = page.ranges().get(first);
                    return range.stream() == stream && range.baseOffset() < offsets.to();
                }
            }
            return false;
        }
    }
}
