package io.weir.objecttier.housekeeping;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.objecttier.segment.SegmentFooter;
import io.weir.objecttier.segment.SegmentIndex;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads through all that a shard has flushed, once in a given time and again, and checks every checksum: what is
 * damaged or lost is known before a consumer or a merge comes to it. It goes by log order, which merging keeps, and
 * begins wherever chance says, since a process may never live through a whole round.
 *
 * <p>Threading: one thread, which waits for the store; the figures any.
 */
final class Scrub {
    /** Of one read; a block is never divided. */
    private static final int READ_BYTES = 4 << 20;

    /** Of time that has passed unseen: no more than this is made up for. */
    private static final long MOST_ELAPSED_MS = 60 * 60_000L;

    /** Keys that are remembered; it is logged of every one. */
    private static final int MOST_DAMAGED = 10_000;

    /** In a row that an object is not given, though the store answers: then it is a disk that has lost a sector. */
    static final int MOST_TRIES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

    private final long everyMs;
    private final ObjectStore store;
    private final SegmentObjects objects;
    private final LongSupplier chance;
    private final LongAdder bytes = new LongAdder();
    private Set<ObjectKey> damagedBefore = new HashSet<>();
    private Set<ObjectKey> damagedNow = new HashSet<>();
    private volatile int damaged;
    private long lastMs;
    private double creditBytes;
    /** The last log index that was looked at in this round. */
    private long done;

    private @Nullable ObjectKey last;
    private boolean begun;
    private @Nullable ObjectKey open;
    private @Nullable ObjectKey notGiven;
    private int tries;
    private List<SegmentRef> listed = List.of();

    /**
     * Has looked at nothing.
     *
     * @param every the time of a round; zero for none
     * @param chance random numbers
     */
    Scrub(Duration every, ObjectStore store, SegmentObjects objects, LongSupplier chance) {
        this.everyMs = every.toMillis();
        this.store = store;
        this.objects = objects;
        this.chance = chance;
    }

    /** How many objects of this round or the one before are damaged, missing, or cannot be read. */
    int damaged() {
        return damaged;
    }

    /** How much was read. */
    long bytes() {
        return bytes.sum();
    }

    /** Somebody else looks after the shard for a while, and finds for itself. */
    void rest() {
        begun = false;
        damagedBefore.clear();
        damagedNow.clear();
        damaged = 0;
    }

    /**
     * Looks at one more segment when it is time to.
     *
     * @return whether it is time for another one already
     * @throws ServiceException when the store does not answer: the segment's turn comes again, a few times where it is
     *     only this object that is not given
     */
    boolean pass(SegmentView view, long nowMs) {
        if (everyMs == 0) {
            return false;
        }
        if (!begun) {
            begin(view, nowMs);
        }
        long total = total(view);
        long elapsedMs = Math.clamp(nowMs - lastMs, 0, MOST_ELAPSED_MS);
        lastMs = nowMs;
        creditBytes = Math.min(creditBytes + (double) total * elapsedMs / everyMs, (double) total);
        if (creditBytes <= 0 || total == 0) {
            return false;
        }
        Optional<SegmentRef> next = next(view);
        if (next.isEmpty()) {
            endRound();
            return false;
        }
        SegmentRef segment = next.get();
        unlessDamaged(segment.key(), () -> read(segment));
        done = segment.range().upTo();
        last = segment.key();
        creditBytes -= segment.sizeBytes();
        return creditBytes > 0;
    }

    private void begin(SegmentView view, long nowMs) {
        begun = true;
        lastMs = nowMs;
        creditBytes = 0;
        long end = Math.max(
                view.segments().stream()
                        .mapToLong(each -> each.range().upTo())
                        .max()
                        .orElse(0),
                view.manifests().stream()
                        .mapToLong(each -> each.range().upTo())
                        .max()
                        .orElse(0));
        last = null;
        open = null;
        done = Math.floorMod(chance.getAsLong(), end + 1) - 1;
    }

    private void endRound() {
        done = -1;
        last = null;
        open = null;
        damagedBefore = damagedNow;
        damagedNow = new HashSet<>();
        count();
    }

    private void count() {
        Set<ObjectKey> all = new HashSet<>(damagedBefore);
        all.addAll(damagedNow);
        damaged = all.size();
    }

    private static long total(SegmentView view) {
        return view.segments().stream().mapToLong(SegmentRef::sizeBytes).sum()
                + view.manifests().stream().mapToLong(ManifestRef::segmentBytes).sum();
    }

    /** The first segment behind those that were looked at; empty at the end of the round. */
    private Optional<SegmentRef> next(SegmentView view) {
        for (ManifestRef manifest : view.manifests()) {
            if (manifest.range().upTo() >= done) {
                Optional<SegmentRef> found = firstBehind(segmentsOf(manifest));
                if (found.isPresent()) {
                    return found;
                }
                done = manifest.range().upTo();
            }
        }
        return firstBehind(view.segments());
    }

    /** Several that one merge wrote have the same range: they follow each other. */
    private Optional<SegmentRef> firstBehind(List<SegmentRef> segments) {
        for (int i = 0; i < segments.size(); i++) {
            if (segments.get(i).key().equals(last)) {
                return i + 1 < segments.size() ? Optional.of(segments.get(i + 1)) : Optional.empty();
            }
        }
        return segments.stream()
                .filter(segment -> segment.range().upTo() > done)
                .findFirst();
    }

    /** The manifest at hand is remembered: each of its segments is looked for in it. */
    private List<SegmentRef> segmentsOf(ManifestRef manifest) {
        if (!manifest.key().equals(open)) {
            open = null;
            listed = List.of();
            unlessDamaged(manifest.key(), () -> read(manifest));
            open = manifest.key();
            bytes.add(manifest.sizeBytes());
        }
        return listed;
    }

    /** Its pages, too, which say where offsets are; its segments are known without them. */
    private void read(ManifestRef manifest) {
        Unit.Contents contents = new Unit.Listed(manifest).contents(store, objects);
        listed = contents.segments();
        contents.ranges().get().forEachRemaining(range -> {});
    }

    private void read(SegmentRef segment) {
        ByteBuffer tail = read(segment, segment.sizeBytes() - segment.footerBytes(), segment.footerBytes());
        SegmentIndex index = SegmentFooter.decode(segment, tail);
        int first = 0;
        while (first < index.blocks()) {
            long position = index.block(first).position();
            int end = first;
            int length = 0;
            while (end < index.blocks() && (end == first || length + index.length(end) <= READ_BYTES)) {
                length += index.length(end++);
            }
            ByteBuffer blocks = read(segment, position, length);
            for (int block = first; block < end; block++) {
                int from = Math.toIntExact(index.block(block).position() - position);
                SegmentObjects.verified(segment, index.block(block), blocks.slice(from, index.length(block)));
            }
            first = end;
        }
    }

    private ByteBuffer read(SegmentRef segment, long position, int length) {
        bytes.add(length);
        return SegmentObjects.whole(store, segment.key(), position, length).join();
    }

    private void unlessDamaged(ObjectKey key, Runnable look) {
        try {
            look.run();
        } catch (ServiceException | CompletionException failure) {
            ServiceException cause = ServiceException.of(failure);
            if (cause.code() != FailureCode.CORRUPT
                    && cause.code() != FailureCode.OBJECT_MISSING
                    && !isUnreadable(key, cause)) {
                throw cause;
            }
            if (damagedNow.size() < MOST_DAMAGED) {
                damagedNow.add(key);
                count();
            }
            LOG.atError()
                    .addKeyValue("failureCode", cause.code().label())
                    .addKeyValue("object", key)
                    .addKeyValue("cause", cause.getMessage())
                    .log("Scrubbing found a damaged object: what it holds cannot be read");
        }
    }

    /** Whether it is this object alone that cannot be had, and for good. */
    private boolean isUnreadable(ObjectKey key, ServiceException cause) {
        if (cause.code() != FailureCode.OBJECT_STORE_UNAVAILABLE) {
            return false;
        }
        tries = key.equals(notGiven) ? tries + 1 : 1;
        notGiven = key;
        if (tries < MOST_TRIES || !answersAbout(key)) {
            return false;
        }
        notGiven = null;
        return true;
    }

    private boolean answersAbout(ObjectKey key) {
        try {
            return store.size(key).join().isPresent();
        } catch (CompletionException noAnswer) {
            LOG.atDebug().addKeyValue("object", key).setCause(noAnswer).log("The store does not answer");
            return false;
        }
    }
}
