package io.weir.objecttier.read;

import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.manifest.ManifestHead;
import io.weir.objecttier.manifest.ManifestPage;
import io.weir.objecttier.manifest.SegmentRange;
import io.weir.objecttier.segment.SegmentIndex;
import org.jspecify.annotations.Nullable;

/**
 * Finds a stream's offset in a view: manifests first, then single segments, each in log order, so the first that ends
 * after the offset holds it, or the next one there is.
 *
 * <p>Threading: any virtual thread; waits for the object store.
 */
final class SegmentSearch {
    private final SegmentObjects objects;

    SegmentSearch(SegmentObjects objects) {
        this.objects = objects;
    }

    /** A block in a segment. */
    record Place(SegmentRef segment, SegmentIndex index, int block) {
        /** The next block of the same stream in the same segment, or null. */
        @Nullable Place following() {
            int next = index.following(block);
            return next < 0 ? null : new Place(segment, index, next);
        }

        long baseOffset() {
            return index.baseOffset(block);
        }

        long nextOffset() {
            return index.nextOffset(block);
        }
    }

    /**
     * The first block of the stream that ends after the offset.
     *
     * @param leastTimestampMs ranges whose largest timestamp is below this are passed over
     */
    @Nullable Place find(SegmentView view, long stream, long offset, long leastTimestampMs) {
        for (ManifestRef manifest : view.manifests()) {
            Place place = find(manifest, stream, offset, leastTimestampMs);
            if (place != null) {
                return place;
            }
        }
        Place best = null;
        for (SegmentRef segment : view.segments()) {
            // Outputs of one merge share their log range, and can come in any order.
            if (best != null && !best.segment().range().equals(segment.range())) {
                return best;
            }
            Place place = segment.maxTimestampMs() < leastTimestampMs
                    ? null
                    : find(segment, stream, offset, leastTimestampMs);
            if (place != null && (best == null || place.baseOffset() < best.baseOffset())) {
                best = place;
            }
        }
        return best;
    }

    private @Nullable Place find(SegmentRef segment, long stream, long offset, long leastTimestampMs) {
        SegmentIndex index = objects.index(segment).join();
        int block = index.find(stream, offset);
        while (block >= 0 && index.maxTimestampMs(block) < leastTimestampMs) {
            block = index.following(block);
        }
        return block < 0 ? null : new Place(segment, index, block);
    }

    private @Nullable Place find(ManifestRef manifest, long stream, long offset, long leastTimestampMs) {
        ManifestHead head = objects.head(manifest).join();
        for (int number = head.pageOf(stream, offset); number < head.pages().size(); number++) {
            if (head.pages().get(number).firstStream() > stream) {
                return null;
            }
            ManifestPage page = objects.page(manifest, head, number).join();
            for (int i = page.find(stream, offset); i < page.ranges().size(); i++) {
                SegmentRange range = page.ranges().get(i);
                if (range.stream() != stream) {
                    return null;
                }
                Place place = range.maxTimestampMs() < leastTimestampMs
                        ? null
                        : find(head.segments().get(range.segment()), stream, offset, leastTimestampMs);
                if (place != null) {
                    return place;
                }
            }
        }
        return null;
    }
}
