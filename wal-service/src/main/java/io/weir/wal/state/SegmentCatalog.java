package io.weir.wal.state;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.Replacement;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The shard's segments and manifests, the compactions that were announced, and the objects nothing refers to any more.
 * The view changes as a whole: readers keep the one they have.
 */
final class SegmentCatalog {
    /** Announced compactions at most: part of the replicated behaviour. */
    static final int MAX_INTENTS = 1024;

    private SegmentView view;
    private final TreeMap<Long, CompactionIntent> intents = new TreeMap<>();
    private final LinkedHashMap<ObjectKey, RetiredObject> retired = new LinkedHashMap<>();

    SegmentCatalog(ShardId shard) {
        view = SegmentView.empty(shard);
    }

    SegmentView view() {
        return view;
    }

    List<CompactionIntent> intents() {
        return List.copyOf(intents.values());
    }

    List<RetiredObject> retired() {
        return List.copyOf(retired.values());
    }

    int retiredCount() {
        return retired.size();
    }

    void flushed(SegmentRef segment) {
        List<SegmentRef> segments = new ArrayList<>(view.segments());
        segments.add(segment);
        change(view.manifests(), segments);
    }

    Reply announce(CompactionIntent intent) {
        CompactionIntent present = intents.get(intent.id());
        if (present != null) {
            return present.equals(intent)
                    ? Reply.Done.DONE
                    : new Reply.Refused("Compaction " + intent.id() + " was announced with other outputs");
        }
        if (intents.size() >= MAX_INTENTS) {
            return new Reply.Refused(MAX_INTENTS + " compactions are announced and not done");
        }
        intents.put(intent.id(), intent);
        return Reply.Done.DONE;
    }

    Reply abort(long intentId, long timeMs) {
        CompactionIntent intent = intents.remove(intentId);
        if (intent != null) {
            retire(intent.outputs(), timeMs);
        }
        return Reply.Done.DONE;
    }

    Reply replace(long intentId, Replacement replacement, long timeMs) {
        CompactionIntent intent = intents.get(intentId);
        if (intent == null) {
            return new Reply.Replaced(false);
        }
        Set<ObjectKey> outputs = keys(replacement.outputSegments(), SegmentRef::key);
        outputs.addAll(keys(replacement.outputManifests(), ManifestRef::key));
        boolean exact = outputs.size()
                        == replacement.outputSegments().size()
                                + replacement.outputManifests().size()
                && intent.outputs().containsAll(outputs);
        if (!exact || !holdsInputsOf(replacement)) {
            return new Reply.Replaced(false);
        }
        change(
                replaced(
                        view.manifests(),
                        Set.copyOf(replacement.inputManifests()),
                        replacement.outputManifests(),
                        ManifestRef::key,
                        Comparator.comparingLong(manifest -> manifest.range().from())),
                replaced(
                        view.segments(),
                        Set.copyOf(replacement.inputSegments()),
                        replacement.outputSegments(),
                        SegmentRef::key,
                        Comparator.comparingLong(segment -> segment.range().from())));
        intents.remove(intentId);
        retire(replacement.retired(), timeMs);
        List<ObjectKey> unused = new ArrayList<>(intent.outputs());
        unused.removeAll(outputs);
        retire(unused, timeMs);
        return new Reply.Replaced(true);
    }

    Reply forget(List<ObjectKey> deleted) {
        deleted.forEach(retired::remove);
        return Reply.Done.DONE;
    }

    void restore(
            SegmentView restored, Collection<CompactionIntent> announced, Collection<RetiredObject> retiredObjects) {
        view = restored;
        announced.forEach(intent -> intents.put(intent.id(), intent));
        retiredObjects.forEach(object -> retired.put(object.key(), object));
    }

    boolean refersTo(ObjectKey key) {
        return view.segments().stream().anyMatch(segment -> segment.key().equals(key));
    }

    private boolean holdsInputsOf(Replacement replacement) {
        Set<ObjectKey> segments = keys(view.segments(), SegmentRef::key);
        Set<ObjectKey> manifests = keys(view.manifests(), ManifestRef::key);
        return segments.containsAll(replacement.inputSegments()) && manifests.containsAll(replacement.inputManifests());
    }

    private void change(List<ManifestRef> manifests, List<SegmentRef> segments) {
        view = new SegmentView(view.shard(), view.version() + 1, manifests, segments);
    }

    /** An object that the view still refers to stays: only what is dead may be deleted, whatever the command says. */
    private void retire(List<ObjectKey> keys, long timeMs) {
        Set<ObjectKey> live = keys(view.segments(), SegmentRef::key);
        live.addAll(keys(view.manifests(), ManifestRef::key));
        for (ObjectKey key : keys) {
            if (!live.contains(key)) {
                retired.putIfAbsent(key, new RetiredObject(key, timeMs));
            }
        }
    }

    private static <T> Set<ObjectKey> keys(Collection<T> refs, Function<T, ObjectKey> key) {
        Set<ObjectKey> keys = new HashSet<>();
        for (T ref : refs) {
            keys.add(key.apply(ref));
        }
        return keys;
    }

    private static <T> List<T> replaced(
            List<T> present, Set<ObjectKey> inputs, List<T> outputs, Function<T, ObjectKey> key, Comparator<T> order) {
        List<T> left = new ArrayList<>();
        for (T ref : present) {
            if (!inputs.contains(key.apply(ref))) {
                left.add(ref);
            }
        }
        left.addAll(outputs);
        left.sort(order);
        return left;
    }
}
