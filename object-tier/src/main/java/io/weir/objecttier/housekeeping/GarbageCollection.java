package io.weir.objecttier.housekeeping;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.contracts.segment.ShardSegments.Term;
import io.weir.objecttier.naming.ObjectName;
import io.weir.objecttier.read.SegmentObjects;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes objects that nothing refers to: retired ones after a grace, and orphans, whose commit can never come.
 *
 * <p>An object is an orphan when neither view nor manifests nor intents nor the retired list know it, and either its
 * flush begins at or below {@code flushedUpTo} (the shard refuses such a commit), or it had to be announced before it
 * was created and no intent is open. The decision is made from state that is at least as new as the listing, and that
 * only went on while it was looked at: an empty intent is announced before the looks and aborted behind them, both in
 * one term.
 *
 * <p>The deletions themselves need no term: what was retired, or an orphan, in some state is so in every later one.
 */
final class GarbageCollection {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageCollection.class);
    private static final int DELETE_AT_ONCE = 500;
    private static final int LIST_AT_ONCE = 1000;
    private static final int MAX_CANDIDATES = 10_000;

    private final ShardSegments shard;
    private final Term term;
    private final ObjectStore store;
    private final SegmentObjects objects;
    private final LongSupplier nonces;

    /** @param term outside of which nothing is changed, and no orphan is found */
    GarbageCollection(ShardSegments shard, Term term, ObjectStore store, SegmentObjects objects, LongSupplier nonces) {
        this.shard = shard;
        this.term = term;
        this.store = store;
        this.objects = objects;
        this.nonces = nonces;
    }

    /** What a hunt for orphans did. */
    record Hunt(int deleted, boolean complete) {}

    /** Deletes what was retired long enough ago and is not held; returns how many objects that were. */
    int deleteRetired(long nowMs, long graceMs, DeletionHold hold) {
        List<ObjectKey> due = new ArrayList<>();
        for (RetiredObject retired : shard.retired()) {
            if (nowMs - retired.retiredAtMs() >= graceMs && hold.mayDelete(shard.shard(), retired.key())) {
                due.add(retired.key());
            }
        }
        if (due.isEmpty()) {
            return 0;
        }
        Set<ObjectKey> referenced = referenced(shard.view());
        int deleted = 0;
        for (int begin = 0; begin < due.size(); begin += DELETE_AT_ONCE) {
            List<ObjectKey> part = new ArrayList<>(due.subList(begin, Math.min(due.size(), begin + DELETE_AT_ONCE)));
            List<ObjectKey> alive = part.stream().filter(referenced::contains).toList();
            if (!alive.isEmpty()) {
                LOG.atError()
                        .addKeyValue("shard", shard.shard())
                        .addKeyValue("object", alive.getFirst())
                        .log("A retired object is still referred to; it is kept");
                part.removeAll(alive);
            }
            store.delete(part).join();
            term.forget(part).join();
            deleted += part.size();
        }
        return deleted;
    }

    /**
     * Lists the shard's objects and deletes the orphans among them.
     *
     * <p>{@link Hunt#complete} is false when something was left to be decided later.
     */
    Hunt deleteOrphans() {
        List<ObjectName> candidates = candidates();
        if (candidates.isEmpty()) {
            return new Hunt(0, true);
        }
        long barrier = nonces.getAsLong() >>> 1;
        term.announce(new CompactionIntent(barrier, List.of())).join();
        // In this order: what was flushed up to this point is in the view that is taken after it.
        long flushedUpTo = shard.flushedUpTo();
        Set<ObjectKey> known = known();
        term.abort(barrier).join();
        List<ObjectKey> orphans = new ArrayList<>();
        boolean undecided = candidates.size() >= MAX_CANDIDATES;
        for (ObjectName name : candidates) {
            ObjectKey key = name.key();
            if (known.contains(key)) {
                continue;
            }
            boolean hopeless =
                    name.kind() != ObjectName.Kind.FLUSHED || name.range().from() <= flushedUpTo;
            if (hopeless && name.term() <= term.number()) {
                orphans.add(key);
            } else {
                undecided = true;
            }
        }
        for (int begin = 0; begin < orphans.size(); begin += DELETE_AT_ONCE) {
            store.delete(orphans.subList(begin, Math.min(orphans.size(), begin + DELETE_AT_ONCE)))
                    .join();
        }
        return new Hunt(orphans.size(), !undecided);
    }

    private List<ObjectName> candidates() {
        Set<ObjectKey> known = known();
        List<ObjectName> candidates = new ArrayList<>();
        for (String prefix : ObjectName.prefixes(shard.shard())) {
            @Nullable ObjectKey after = null;
            boolean more = true;
            while (more && candidates.size() < MAX_CANDIDATES) {
                List<ListedObject> page =
                        store.list(prefix, after, LIST_AT_ONCE).join();
                for (ListedObject listed : page) {
                    Optional<ObjectName> name = ObjectName.parse(listed.key());
                    if (name.isPresent() && !known.contains(listed.key())) {
                        candidates.add(name.get());
                    }
                    after = listed.key();
                }
                more = page.size() == LIST_AT_ONCE;
            }
        }
        return candidates;
    }

    private Set<ObjectKey> known() {
        // In the order in which an object passes through them, so that none slips by between two looks.
        Set<ObjectKey> known = new HashSet<>();
        shard.intents().forEach(intent -> known.addAll(intent.outputs()));
        known.addAll(referenced(shard.view()));
        shard.retired().forEach(retired -> known.add(retired.key()));
        return known;
    }

    private Set<ObjectKey> referenced(SegmentView view) {
        Set<ObjectKey> keys = new HashSet<>();
        view.segments().forEach(segment -> keys.add(segment.key()));
        for (ManifestRef manifest : view.manifests()) {
            keys.add(manifest.key());
            objects.head(manifest).join().segments().forEach(segment -> keys.add(segment.key()));
        }
        return keys;
    }
}
