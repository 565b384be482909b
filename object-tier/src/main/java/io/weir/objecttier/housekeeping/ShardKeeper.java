package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.Term;
import io.weir.objecttier.read.SegmentObjects;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one shard's segments, one bounded pass at a time. A pass that finds nothing to do asks nothing of the
 * object store. What a pass finds, and what is remembered of it, holds in the term that it was begun in, and changes
 * nothing in another.
 *
 * <p>Threading: one thread; waits for the shard and the store.
 */
final class ShardKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ShardKeeper.class);
    /** How many units one pass reads through. */
    private static final int LOOKS_PER_PASS = 16;
    /** How many changes of the view one pass makes. */
    private static final int CHANGES_PER_PASS = 8;

    private static final int TRIMS_AT_ONCE = 10_000;
    /** When orphans could not all be decided upon, the next listing comes after this. */
    private static final long HUNT_AGAIN_MS = 10 * 60_000L;
    /** When they could: a flush whose answer was lost, and that was repeated, may have left one since. */
    static final long HUNT_EVERY_MS = 24 * 60 * 60_000L;

    private final HousekeepingConfig config;
    private final ShardSegments shard;
    private final MetadataSource metadata;
    private final boolean tables;
    private final DeletionHold hold;
    private final ObjectStore store;
    private final SegmentObjects objects;
    private final LongSupplier nonces;
    private final Scrub scrub;
    /** Units whose contents cannot be read. */
    private final Damaged unreadable = new Damaged();
    /** Units of which something cannot be rewritten. */
    private final Damaged unmovable = new Damaged();

    private final Map<ObjectKey, Ageing.Finding> findings = new HashMap<>();
    private Optional<TableHold.Wait> sizeWait = Optional.empty();

    private Optional<Reign> reign = Optional.empty();
    private long retentionOf = -1;
    private int retentionHash;
    private long nextSizePassMs;
    private long nextHuntMs;
    private volatile long lastCollectionMs;
    private volatile double tableHoldShare;
    private volatile long lastPassMs;
    private final LongAdder deletedObjects = new LongAdder();
    private final LongAdder deletedOrphans = new LongAdder();

    /** What works in one term of the shard's. */
    private record Reign(
            Term term, Replacer replacer, Merging merging, GarbageCollection garbage, SizeRetention sizes) {}

    ShardKeeper(
            HousekeepingConfig config,
            ShardSegments shard,
            MetadataSource metadata,
            boolean tables,
            ObjectStore store,
            SegmentObjects objects,
            LongSupplier nonces,
            DeletionHold hold,
            long nowMs) {
        this.config = config;
        this.shard = shard;
        this.metadata = metadata;
        this.tables = tables;
        this.hold = hold;
        this.store = store;
        this.objects = objects;
        this.nonces = nonces;
        this.scrub = new Scrub(config.scrubInterval(), store, objects, nonces);
        this.lastCollectionMs = nowMs;
        this.lastPassMs = nowMs;
    }

    /** When garbage was last collected without a failure, or there was none of ours to collect. */
    long lastCollectionMs() {
        return lastCollectionMs;
    }

    /** Of the time that retention waits for tables at most: how much is over for what has waited longest. */
    double tableHoldShare() {
        return tableHoldShare;
    }

    /** When a pass last came to its end without a failure, or the shard was not led here. */
    long lastPassMs() {
        return lastPassMs;
    }

    /** How many segments and manifests cannot be aged or merged, because they are damaged or refer to what is. */
    int damaged() {
        return unreadable.count() + unmovable.count();
    }

    /** How many objects were found damaged by reading through all of them. */
    int foundDamaged() {
        return scrub.damaged();
    }

    long scrubbedBytes() {
        return scrub.bytes();
    }

    long deletedObjects() {
        return deletedObjects.sum();
    }

    long deletedOrphans() {
        return deletedOrphans.sum();
    }

    /**
     * Does some of what there is to do.
     *
     * @return whether there may be more to do at once
     */
    boolean pass(long nowMs) {
        // Before anything else is looked at.
        Optional<Term> term = shard.term();
        if (term.isEmpty()) {
            reign = Optional.empty();
            scrub.rest();
            lastCollectionMs = nowMs;
            tableHoldShare = 0;
            lastPassMs = nowMs;
            return false;
        }
        Reign now = reign.filter(last -> last.term().number() == term.get().number())
                .orElseGet(() -> begin(term.get(), nowMs));
        if (now.replacer().abortStale() > 0) {
            nextHuntMs = Math.min(nextHuntMs, nowMs + HUNT_AGAIN_MS);
        }
        unreadable.begin(nowMs, this::unitKeys);
        unmovable.begin(nowMs, this::unitKeys);
        // A manifest that cannot be read keeps everything from being deleted: it may list it. The rest goes on.
        RuntimeException notCollected = null;
        try {
            collect(now, nowMs);
        } catch (RuntimeException failure) {
            notCollected = failure;
        }
        boolean more = age(now, nowMs);
        for (int i = 0; i < CHANGES_PER_PASS && now.merging().step(); i++) {
            more = true;
        }
        if (notCollected != null) {
            throw notCollected;
        }
        more |= scrub.pass(shard.view(), nowMs);
        lastPassMs = nowMs;
        return more;
    }

    private Reign begin(Term term, long nowMs) {
        Replacer replacer = new Replacer(shard, term, store, nonces);
        Merging merging = new Merging(
                config, shard, store, objects, replacer, new Merging.Damage(unreadable, unmovable), Merging.MAX_BLOCKS);
        Reign begun = new Reign(
                term,
                replacer,
                merging,
                new GarbageCollection(shard, term, store, objects, nonces),
                new SizeRetention());
        reign = Optional.of(begun);
        findings.clear();
        nextHuntMs = nowMs;
        nextSizePassMs = nowMs;
        return begun;
    }

    private Set<ObjectKey> unitKeys() {
        return Unit.of(shard.view()).stream().map(Unit::key).collect(Collectors.toCollection(HashSet::new));
    }

    private void collect(Reign now, long nowMs) {
        deletedObjects.add(
                now.garbage().deleteRetired(nowMs, config.deletionGrace().toMillis(), hold));
        if (nowMs >= nextHuntMs) {
            GarbageCollection.Hunt hunt = now.garbage().deleteOrphans();
            nextHuntMs = nowMs + (hunt.complete() ? HUNT_EVERY_MS : HUNT_AGAIN_MS);
            deletedOrphans.add(hunt.deleted());
            if (hunt.deleted() > 0) {
                LOG.atInfo()
                        .addKeyValue("shard", shard.shard())
                        .addKeyValue("objects", hunt.deleted())
                        .log("Orphans were deleted");
            }
        }
        lastCollectionMs = nowMs;
    }

    /** Trims what is too old or too much, and lets go of segments in which nothing lives. */
    private boolean age(Reign now, long nowMs) {
        MetadataImage image = metadata.image();
        noticeRetention(image);
        SegmentView view = shard.view();
        List<Unit> units = Unit.of(view);
        forgetOthers(units);
        Gaps gaps = new Gaps(shard, units, objects);
        Map<StreamId, Long> trims = new HashMap<>();
        Map<ObjectKey, Ageing.Finding> fresh = new HashMap<>();
        int looks = 0;
        for (Unit unit : units) {
            Ageing.Finding known = findings.get(unit.key());
            if (unreadable.contains(unit.key()) || (known != null && nowMs < known.dueMs() && known.holds(shard))) {
                continue;
            }
            if (looks++ == LOOKS_PER_PASS) {
                break;
            }
            TableHold hold = new TableHold(image, tables, nowMs);
            Ageing ageing = new Ageing(shard, image, nowMs, trims, hold, gaps);
            unreadable
                    .unless(unit.key(), () -> ageing.look(unit.contents(store, objects)))
                    .ifPresent(finding -> fresh.put(unit.key(), finding));
        }
        if (nowMs >= nextSizePassMs) {
            TableHold hold = new TableHold(image, tables, nowMs);
            now.sizes()
                    .pass(shard, image, store, objects, hold, unreadable)
                    .forEach((stream, to) -> trims.merge(stream, to, Math::max));
            sizeWait = hold.longest();
            nextSizePassMs = nowMs + config.retentionInterval().toMillis();
        }
        trim(now.term(), trims);
        findings.putAll(fresh);
        noticeWaits(nowMs);
        return letGo(now.merging(), view, fresh) || looks > LOOKS_PER_PASS || !trims.isEmpty();
    }

    private void noticeWaits(long nowMs) {
        double longest = sizeWait.map(wait -> wait.share(nowMs)).orElse(0.0);
        for (Ageing.Finding finding : findings.values()) {
            longest = Math.max(
                    longest, finding.held().map(wait -> wait.share(nowMs)).orElse(0.0));
        }
        tableHoldShare = longest;
    }

    private boolean letGo(Merging merging, SegmentView view, Map<ObjectKey, Ageing.Finding> fresh) {
        boolean changed = false;
        List<SegmentRef> dead = view.segments().stream()
                .filter(segment -> fresh.containsKey(segment.key())
                        && found(fresh, segment.key()).dead(0))
                .toList();
        if (!dead.isEmpty()) {
            changed = merging.drop(dead);
        }
        for (SegmentRef segment : view.segments()) {
            if (fresh.containsKey(segment.key()) && found(fresh, segment.key()).mostlyDead(0)) {
                changed |= merging.merge(List.of(segment));
            }
        }
        for (ManifestRef manifest : view.manifests()) {
            if (fresh.containsKey(manifest.key())) {
                Ageing.Finding finding = found(fresh, manifest.key());
                boolean worthIt = false;
                for (int i = 0; i < finding.segments().size(); i++) {
                    worthIt |= finding.dead(i) || finding.mostlyDead(i);
                }
                if (worthIt) {
                    changed |= merging.sweep(manifest, finding);
                }
            }
        }
        return changed;
    }

    private static Ageing.Finding found(Map<ObjectKey, Ageing.Finding> fresh, ObjectKey key) {
        Ageing.Finding finding = fresh.get(key);
        if (finding == null) {
            throw new IllegalStateException("Not looked at: " + key);
        }
        return finding;
    }

    private static void trim(Term term, Map<StreamId, Long> trims) {
        Map<StreamId, Long> part = new HashMap<>();
        for (Map.Entry<StreamId, Long> trim : trims.entrySet()) {
            part.put(trim.getKey(), trim.getValue());
            if (part.size() == TRIMS_AT_ONCE) {
                term.trim(part).join();
                part = new HashMap<>();
            }
        }
        if (!part.isEmpty()) {
            term.trim(part).join();
        }
    }

    /**
     * Looks at everything again when some topic keeps its data, or waits for its table, for another time than before.
     */
    private void noticeRetention(MetadataImage image) {
        if (image.version() != retentionOf) {
            int hash = 0;
            for (Topic topic : image.topics()) {
                hash += Objects.hash(
                        topic.id(),
                        topic.config().retentionMs(),
                        topic.config().table().enabled(),
                        topic.config().table().maxHold());
            }
            if (hash != retentionHash) {
                findings.clear();
            }
            retentionHash = hash;
            retentionOf = image.version();
        }
    }

    private void forgetOthers(List<Unit> units) {
        if (findings.size() > units.size()) {
            findings.keySet().retainAll(unitKeys());
        }
    }
}
