package io.weir.objecttier.read;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.codec.Frame;
import io.weir.objecttier.manifest.Manifest;
import io.weir.objecttier.manifest.ManifestHead;
import io.weir.objecttier.manifest.ManifestPage;
import io.weir.objecttier.segment.SegmentFooter;
import io.weir.objecttier.segment.SegmentIndex;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * The parts of segments and manifests, through caches: a part that many want at once is read once, and every checksum
 * is verified when it is.
 *
 * <p>Threading: any thread; nothing blocks. Ownership: cached bytes are never changed, and live on as long as anybody
 * refers to them.
 */
public final class SegmentObjects {
    private static final int BLOCK_OVERHEAD_BYTES = 150;

    private final ObjectStore store;
    private final ReadBudget budget;
    private final AsyncCache<Part, Indexed> indexes;
    private final AsyncCache<Part, ByteBuffer> blocks;

    /**
     * @param blockCacheBytes how much the block cache may hold
     * @param indexCacheBytes how much the cache of footers and manifests may hold
     */
    public SegmentObjects(
            ObjectStore store, ReadBudget budget, long blockCacheBytes, long indexCacheBytes, MeterRegistry meters) {
        this.store = store;
        this.budget = budget;
        this.indexes = Caffeine.newBuilder()
                .maximumWeight(indexCacheBytes)
                .weigher((Part part, Indexed value) -> value.weight())
                .executor(Runnable::run)
                .recordStats()
                .buildAsync();
        this.blocks = Caffeine.newBuilder()
                .maximumWeight(blockCacheBytes)
                .weigher((Part part, ByteBuffer bytes) -> bytes.remaining() + BLOCK_OVERHEAD_BYTES)
                .executor(Runnable::run)
                .recordStats()
                .buildAsync();
        measure(meters, "weir.block.cache", blocks);
        measure(meters, "weir.index.cache", indexes);
    }

    /** A block, a page or, as number -1, the describing part of an object. */
    private record Part(ObjectKey object, int number) {}

    private sealed interface Indexed {
        int weight();

        record Segment(SegmentIndex index) implements Indexed {
            @Override
            public int weight() {
                return index.weight();
            }
        }

        record Head(ManifestHead head) implements Indexed {
            @Override
            public int weight() {
                return head.weight();
            }
        }

        record Page(ManifestPage page) implements Indexed {
            @Override
            public int weight() {
                return page.weight();
            }
        }
    }

    /** The index of a segment. */
    public CompletableFuture<SegmentIndex> index(SegmentRef segment) {
        return indexes.get(
                        new Part(segment.key(), -1),
                        (part, executor) -> read(
                                        segment.key(),
                                        segment.sizeBytes() - segment.footerBytes(),
                                        segment.footerBytes())
                                .<Indexed>thenApply(tail -> new Indexed.Segment(SegmentFooter.decode(segment, tail))))
                .thenApply(indexed -> ((Indexed.Segment) indexed).index());
    }

    /** Keeps the index of a segment that was just written, so that nobody need read it. */
    public void admit(SegmentRef segment, SegmentIndex index) {
        indexes.put(new Part(segment.key(), -1), CompletableFuture.completedFuture(new Indexed.Segment(index)));
    }

    /** The head of a manifest. */
    public CompletableFuture<ManifestHead> head(ManifestRef manifest) {
        return indexes.get(
                        new Part(manifest.key(), -1),
                        (part, executor) -> readHead(manifest).<Indexed>thenApply(Indexed.Head::new))
                .thenApply(indexed -> ((Indexed.Head) indexed).head());
    }

    /** A page of a manifest. */
    public CompletableFuture<ManifestPage> page(ManifestRef manifest, ManifestHead head, int page) {
        ManifestHead.Page place = head.pages().get(page);
        return indexes.get(
                        new Part(manifest.key(), page),
                        (part, executor) -> read(manifest.key(), place.position(), place.length())
                                .<Indexed>thenApply(
                                        bytes -> new Indexed.Page(Manifest.page(manifest, head, page, bytes))))
                .thenApply(indexed -> ((Indexed.Page) indexed).page());
    }

    /** The bytes of a block, from position 0 to the limit. */
    public CompletableFuture<ByteBuffer> block(SegmentRef segment, SegmentIndex index, int block) {
        return blocks.get(
                new Part(segment.key(), block),
                (part, executor) -> readBlock(store, budget, segment, index.block(block)));
    }

    /** Begins to load a block that will be wanted soon, if there is room for such courtesies. */
    public void readAhead(SegmentRef segment, SegmentIndex index, int block) {
        Part part = new Part(segment.key(), block);
        if (blocks.getIfPresent(part) == null && budget.idle()) {
            var _ = block(segment, index, block);
        }
    }

    /** Reads a block past the cache, and checks it. */
    public static CompletableFuture<ByteBuffer> readBlock(
            ObjectStore store, ReadBudget budget, SegmentRef segment, SegmentIndex.Block block) {
        return budget.run(block.length(), () -> whole(store, segment.key(), block.position(), block.length()))
                .thenApply(bytes -> verified(segment, block, bytes));
    }

    /** The bytes, once the block's checksum holds. */
    public static ByteBuffer verified(SegmentRef segment, SegmentIndex.Block block, ByteBuffer bytes) {
        int crc = Frame.crc(bytes);
        if (crc != block.crc()) {
            throw SegmentFooter.corrupt(
                    segment.key(),
                    "Block at " + block.position() + " has checksum " + Integer.toHexString(crc) + ", not "
                            + Integer.toHexString(block.crc()),
                    null);
        }
        return bytes;
    }

    /** Reads a part of an object; an object that is shorter than its reference says is damaged. */
    public static CompletableFuture<ByteBuffer> whole(ObjectStore store, ObjectKey key, long position, int length) {
        return store.read(key, position, length).exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof java.util.concurrent.CompletionException wrapped && wrapped.getCause() != null
                            ? wrapped.getCause()
                            : failure;
            return CompletableFuture.failedFuture(
                    cause instanceof IllegalArgumentException
                            ? new ServiceException(
                                    FailureCode.CORRUPT, "Object " + key + " is cut off: " + cause.getMessage(), cause)
                            : cause);
        });
    }

    private CompletableFuture<ManifestHead> readHead(ManifestRef manifest) {
        int first = (int) Math.min(Manifest.FIRST_READ_BYTES, manifest.sizeBytes());
        return read(manifest.key(), manifest.sizeBytes() - first, first).thenCompose(tail -> {
            int headBytes = Manifest.headBytes(manifest, tail);
            return headBytes <= first
                    ? CompletableFuture.completedFuture(Manifest.head(manifest, tail))
                    : read(manifest.key(), manifest.sizeBytes() - headBytes, headBytes)
                            .thenApply(whole -> Manifest.head(manifest, whole));
        });
    }

    private CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length) {
        return budget.run(length, () -> whole(store, key, position, length));
    }

    private static void measure(MeterRegistry meters, String name, AsyncCache<Part, ?> cache) {
        var stats = cache.synchronous();
        Gauge.builder(
                        name + ".bytes",
                        stats,
                        c -> c.policy().eviction().stream()
                                .mapToLong(eviction -> eviction.weightedSize().orElse(0))
                                .sum())
                .description("Bytes held")
                .register(meters);
        io.micrometer.core.instrument.FunctionCounter.builder(
                        name + ".hits", stats, c -> c.stats().hitCount())
                .description("Parts found in the cache")
                .register(meters);
        io.micrometer.core.instrument.FunctionCounter.builder(
                        name + ".misses", stats, c -> c.stats().missCount())
                .description("Parts read from the object store")
                .register(meters);
    }
}
