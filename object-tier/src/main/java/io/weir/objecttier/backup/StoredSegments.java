package io.weir.objecttier.backup;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.manifest.ManifestHead;
import io.weir.objecttier.naming.ObjectName;
import io.weir.objecttier.read.ReadBudget;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.objecttier.segment.SegmentFooter;
import io.weir.objecttier.segment.SegmentIndex;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What a shard has in an object store, found by listing.
 *
 * <p>Threading: one thread; waits for the store.
 */
public final class StoredSegments {
    private static final int LIST_AT_ONCE = 1000;
    private static final long READ_BYTES = 1 << 20;
    private static final int FOOTER_GUESS_BYTES = 64 << 10;

    private final ObjectStore store;
    private final SegmentObjects objects;
    private final Map<ObjectKey, Long> sizes = new HashMap<>();
    private final List<ObjectKey> damaged = new ArrayList<>();

    /** Lists all of the shard's objects. */
    public StoredSegments(ObjectStore store, ShardId shard) {
        this.store = store;
        this.objects = new SegmentObjects(
                store, new ReadBudget(1, READ_BYTES, 1), READ_BYTES, READ_BYTES, new CompositeMeterRegistry());
        for (String prefix : ObjectName.prefixes(shard)) {
            @Nullable ObjectKey after = null;
            List<ListedObject> page;
            do {
                page = store.list(prefix, after, LIST_AT_ONCE).join();
                for (ListedObject listed : page) {
                    sizes.put(listed.key(), listed.sizeBytes());
                    after = listed.key();
                }
            } while (page.size() == LIST_AT_ONCE);
        }
    }

    /**
     * A segment whose reference is lost.
     *
     * @param offsets per stream, those of its records
     * @param records how many it holds
     */
    public record Found(SegmentRef segment, Map<Long, OffsetRange> offsets, long records) {}

    /**
     * The segments that were flushed from behind a log index on, in the order of the log, none overlapping another.
     *
     * <p>Whoever flushes writes only what is committed, and begins behind what is flushed. So each of these holds true
     * records, whether its own commit came through or another's of the same beginning did; and where one begins,
     * everything before it was flushed. The one that reaches furthest is taken, then the one that reaches furthest of
     * those that end before it, and so on.
     */
    public List<Found> flushedBehind(long flushedUpTo) {
        List<ObjectName> candidates = sizes.keySet().stream()
                .flatMap(key -> ObjectName.parse(key).stream())
                .filter(name ->
                        name.kind() == ObjectName.Kind.FLUSHED && name.range().from() > flushedUpTo)
                .sorted(Comparator.comparingLong(
                                (ObjectName name) -> name.range().upTo())
                        .reversed()
                        .thenComparingLong(name -> name.range().from()))
                .toList();
        List<Found> found = new ArrayList<>();
        long before = Long.MAX_VALUE;
        for (ObjectName name : candidates) {
            Optional<Found> segment = name.range().upTo() < before ? read(name) : Optional.empty();
            if (segment.isPresent()) {
                found.add(segment.get());
                before = name.range().from();
            }
        }
        Collections.reverse(found);
        return found;
    }

    private Optional<Found> read(ObjectName name) {
        ObjectKey key = name.key();
        long size = sizes.getOrDefault(key, 0L);
        try {
            ByteBuffer tail = last(key, size, (int) Math.min(size, FOOTER_GUESS_BYTES));
            int footerBytes = SegmentFooter.bytes(key, size, tail);
            if (footerBytes > tail.remaining()) {
                tail = last(key, size, footerBytes);
            }
            ByteBuffer footer = tail.slice(tail.limit() - footerBytes, footerBytes);
            SegmentIndex index = SegmentFooter.decode(key, size, footer);
            Map<Long, OffsetRange> offsets = new HashMap<>();
            long records = 0;
            for (int block = 0; block < index.blocks(); block++) {
                offsets.merge(
                        index.stream(block),
                        new OffsetRange(index.baseOffset(block), index.nextOffset(block)),
                        (before, next) -> new OffsetRange(before.from(), next.to()));
                records += index.block(block).records();
            }
            return Optional.of(
                    new Found(SegmentFooter.refer(key, name.range(), size, footer, index), offsets, records));
        } catch (CompletionException | ServiceException failure) {
            ServiceException cause = ServiceException.of(failure);
            if (cause.code() != FailureCode.CORRUPT) {
                throw cause;
            }
            damaged.add(key);
            return Optional.empty();
        }
    }

    private ByteBuffer last(ObjectKey key, long size, int bytes) {
        return store.read(key, size - bytes, bytes).join();
    }

    /** Segments that {@link #flushedBehind} passed over, since they are damaged. */
    public List<ObjectKey> damaged() {
        return List.copyOf(damaged);
    }

    /** What a view refers to and is not in the store, or is a manifest that cannot be read. */
    public List<ObjectKey> missing(SegmentView view) {
        List<ObjectKey> missing = new ArrayList<>();
        view.segments().stream()
                .map(SegmentRef::key)
                .filter(key -> !sizes.containsKey(key))
                .forEach(missing::add);
        for (ManifestRef manifest : view.manifests()) {
            head(manifest)
                    .ifPresentOrElse(
                            head -> head.segments().stream()
                                    .map(SegmentRef::key)
                                    .filter(key -> !sizes.containsKey(key))
                                    .forEach(missing::add),
                            () -> missing.add(manifest.key()));
        }
        return missing;
    }

    private Optional<ManifestHead> head(ManifestRef manifest) {
        if (!sizes.containsKey(manifest.key())) {
            return Optional.empty();
        }
        try {
            return Optional.of(objects.head(manifest).join());
        } catch (CompletionException failure) {
            ServiceException cause = ServiceException.of(failure);
            if (cause.code() != FailureCode.CORRUPT) {
                throw cause;
            }
            return Optional.empty();
        }
    }
}
