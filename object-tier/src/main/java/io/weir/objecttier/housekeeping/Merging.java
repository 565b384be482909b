package io.weir.objecttier.housekeeping;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.Replacement;
import io.weir.objecttier.manifest.Manifest;
import io.weir.objecttier.manifest.SegmentRange;
import io.weir.objecttier.manifest.SegmentRanges;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.objecttier.segment.SegmentBuilder;
import io.weir.objecttier.segment.SegmentIndex;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Keeps a view short and its streams contiguous: merges scattered segments, moves settled ones into manifests, and
 * merges manifests.
 *
 * <p>A byte is rewritten at most once when segments come as big as they should (flushed ones whose streams have short
 * runs), and at most {@link HousekeepingConfig#MAX_LEVEL} times when they come small.
 */
final class Merging {
    /** How many blocks one merge may look at, so that its indexes fit in memory. */
    static final int MAX_BLOCKS = 400_000;

    /** How big the inputs of one merge of manifests may be, together. */
    private static final long MAX_MANIFEST_BYTES = 16L << 20;

    private static final int MAX_ROLL_UP = 256;

    private final HousekeepingConfig config;
    private final ShardSegments shard;
    private final ObjectStore store;
    private final SegmentObjects objects;
    private final Replacer replacer;
    private final Damage damage;
    private final int maxBlocks;

    /**
     * What is passed over.
     *
     * @param unreadable units whose contents cannot be read
     * @param unmovable units of which something cannot be rewritten
     */
    record Damage(Damaged unreadable, Damaged unmovable) {}

    Merging(
            HousekeepingConfig config,
            ShardSegments shard,
            ObjectStore store,
            SegmentObjects objects,
            Replacer replacer,
            Damage damage,
            int maxBlocks) {
        this.config = config;
        this.shard = shard;
        this.store = store;
        this.objects = objects;
        this.replacer = replacer;
        this.damage = damage;
        this.maxBlocks = maxBlocks;
    }

    /** Makes one change, the most useful one; false when there is nothing to do. */
    boolean step() {
        SegmentView view = shard.view();
        List<SegmentRef> scattered = scattered(view.segments());
        if (!scattered.isEmpty()) {
            return merge(scattered);
        }
        if (view.segments().size() > config.rollUpSegments()) {
            List<SegmentRef> settled = settled(view.segments());
            if (!settled.isEmpty()) {
                return rollUp(settled);
            }
        }
        List<ManifestRef> manifests = neighbours(view.manifests());
        return !manifests.isEmpty() && mergeManifests(manifests);
    }

    /**
     * The oldest neighbours of one level that are worth a merge; empty when there are not enough. Only neighbours: a
     * merged range may not reach over offsets that another segment holds.
     */
    private List<SegmentRef> scattered(List<SegmentRef> segments) {
        List<SegmentRef> run = new ArrayList<>();
        int blocks = 0;
        int begin = 0;
        while (begin < segments.size()) {
            int end = endOfGroup(segments, begin);
            List<SegmentRef> group = segments.subList(begin, end);
            begin = end;
            boolean worthIt = group.stream().allMatch(this::worthMerging);
            if (!worthIt
                    || (!run.isEmpty()
                            && run.getLast().level() != group.getFirst().level())) {
                run.clear();
                blocks = 0;
            }
            if (worthIt) {
                int more = group.stream().mapToInt(this::blocks).sum();
                if (blocks + more > maxBlocks) {
                    if (run.size() > 1) {
                        return List.copyOf(run);
                    }
                    run.clear();
                    blocks = 0;
                }
                if (more <= maxBlocks) {
                    run.addAll(group);
                    blocks += more;
                }
            }
            if (run.size() >= config.mergeSegments()) {
                return List.copyOf(run);
            }
        }
        return List.of();
    }

    /** Outputs of one merge share their log range: they stay together. */
    private static int endOfGroup(List<SegmentRef> segments, int begin) {
        int end = begin + 1;
        while (end < segments.size()
                && segments.get(end).range().equals(segments.get(begin).range())) {
            end++;
        }
        return end;
    }

    private boolean worthMerging(SegmentRef segment) {
        boolean small = segment.sizeBytes() < config.smallSegmentBytes();
        if (segment.level() >= HousekeepingConfig.MAX_LEVEL
                || (!small && segment.level() > 0)
                || damage.unmovable().contains(segment.key())) {
            return false;
        }
        return index(segment)
                .filter(index ->
                        small || segment.sizeBytes() / Math.max(1, index.streamCount()) < config.shortRunBytes())
                .isPresent();
    }

    private int blocks(SegmentRef segment) {
        return index(segment).map(SegmentIndex::blocks).orElse(0);
    }

    private Optional<SegmentIndex> index(SegmentRef segment) {
        return damage.unreadable()
                .unless(segment.key(), () -> objects.index(segment).join());
    }

    /** Rewrites single segments; also used for one that is mostly dead. True when there may be more to do. */
    boolean merge(List<SegmentRef> inputs) {
        return damage.unmovable()
                .unlessAny(keys(inputs), () -> mergeNow(inputs))
                .orElse(inputs.size() > 1);
    }

    private boolean mergeNow(List<SegmentRef> inputs) {
        SegmentMerge merge = plan(inputs);
        return replacer.replace(new Replacer.Outputs(merge.outputCount(), 0, merge.range()), keys -> {
            List<SegmentRef> outputs = merge.write(store, objects, replacer, keys).stream()
                    .map(SegmentBuilder.Built::ref)
                    .toList();
            return new Replacement(keys(inputs), List.of(), outputs, List.of(), keys(inputs));
        });
    }

    /** Takes segments without a live range out of the view. */
    boolean drop(List<SegmentRef> dead) {
        return replacer.replace(
                Replacer.Outputs.NONE,
                keys -> new Replacement(keys(dead), List.of(), List.of(), List.of(), keys(dead)));
    }

    /**
     * The oldest segments, to be listed in a manifest. None behind one that cannot be read: it would be searched after
     * the manifest, and what it holds taken for a gap.
     */
    private List<SegmentRef> settled(List<SegmentRef> segments) {
        int count = Math.min(MAX_ROLL_UP, segments.size() - config.rollUpSegments() / 2);
        // Outputs of one merge share their log range: they stay together.
        while (count < segments.size()
                && segments.get(count).range().equals(segments.get(count - 1).range())) {
            count++;
        }
        int end = 0;
        while (end < count) {
            List<SegmentRef> group = segments.subList(end, endOfGroup(segments, end));
            if (!group.stream().allMatch(segment -> index(segment).isPresent())) {
                break;
            }
            end += group.size();
        }
        return List.copyOf(segments.subList(0, end));
    }

    private boolean rollUp(List<SegmentRef> inputs) {
        return replacer.replace(new Replacer.Outputs(0, 1, SegmentMerge.rangeOf(inputs)), keys -> {
            List<Iterator<SegmentRange>> ranges = new ArrayList<>();
            for (SegmentRef input : inputs) {
                ranges.add(SegmentRanges.of(objects.index(input).join(), ranges.size()));
            }
            ManifestRef manifest = write(keys.getFirst(), inputs, SegmentRanges.merge(ranges), 0);
            return new Replacement(keys(inputs), List.of(), List.of(), List.of(manifest), List.of());
        });
    }

    private List<ManifestRef> neighbours(List<ManifestRef> manifests) {
        List<ManifestRef> run = new ArrayList<>();
        long bytes = 0;
        for (ManifestRef manifest : manifests) {
            boolean damaged = damage.unreadable().contains(manifest.key())
                    || damage.unmovable().contains(manifest.key());
            boolean fits = bytes + manifest.sizeBytes() <= MAX_MANIFEST_BYTES;
            if (damaged || !fits || (!run.isEmpty() && run.getLast().level() != manifest.level())) {
                run.clear();
                bytes = 0;
            }
            if (!damaged && manifest.sizeBytes() <= MAX_MANIFEST_BYTES) {
                run.add(manifest);
                bytes += manifest.sizeBytes();
            }
            if (run.size() == config.mergeManifests()) {
                return List.copyOf(run);
            }
        }
        return List.of();
    }

    private boolean mergeManifests(List<ManifestRef> inputs) {
        List<ObjectKey> keys = inputs.stream().map(ManifestRef::key).toList();
        return damage.unmovable()
                .unlessAny(keys, () -> mergeManifestsNow(inputs))
                .orElse(true);
    }

    private boolean mergeManifestsNow(List<ManifestRef> inputs) {
        int level = 1 + inputs.stream().mapToInt(ManifestRef::level).max().orElse(0);
        Replacer.Outputs one = new Replacer.Outputs(
                0,
                1,
                new io.weir.contracts.segment.LogRange(
                        inputs.getFirst().range().from(),
                        inputs.getLast().range().upTo()));
        return replacer.replace(one, keys -> {
            List<SegmentRef> segments = new ArrayList<>();
            List<Iterator<SegmentRange>> ranges = new ArrayList<>();
            for (ManifestRef input : inputs) {
                Unit.Contents contents = new Unit.Listed(input).contents(store, objects);
                int[] numbers = new int[contents.segments().size()];
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = segments.size() + i;
                }
                segments.addAll(contents.segments());
                ranges.add(Manifest.renumbered(contents.ranges().get(), numbers));
            }
            ManifestRef manifest = write(keys.getFirst(), segments, SegmentRanges.merge(ranges), level);
            List<ObjectKey> old = inputs.stream().map(ManifestRef::key).toList();
            return new Replacement(List.of(), old, List.of(), List.of(manifest), old);
        });
    }

    /**
     * Replaces a manifest by one without its dead segments, and rewrites those of which little is left.
     *
     * @param found what a look through the manifest has found, its trims being committed
     */
    boolean sweep(ManifestRef manifest, Ageing.Finding found) {
        return damage.unmovable()
                .unless(manifest.key(), () -> sweepNow(manifest, found))
                .orElse(false);
    }

    private boolean sweepNow(ManifestRef manifest, Ageing.Finding found) {
        List<SegmentRef> kept = new ArrayList<>();
        List<SegmentMerge> merges = new ArrayList<>();
        List<ObjectKey> retired = new ArrayList<>(List.of(manifest.key()));
        int[] numbers = new int[found.segments().size()];
        long rewrittenBytes = 0;
        for (int i = 0; i < numbers.length; i++) {
            SegmentRef segment = found.segments().get(i);
            // The first at any rate: a sweep that left all as they are would be found worth it for ever.
            boolean rewrite = found.mostlyDead(i)
                    && (rewrittenBytes == 0 || rewrittenBytes + found.liveBytes(i) <= config.outputBytes());
            numbers[i] = -1;
            if (rewrite) {
                // Each by itself: a range may not reach over offsets that a segment between two others holds.
                merges.add(plan(List.of(segment)));
                rewrittenBytes += found.liveBytes(i);
            }
            if (rewrite || found.dead(i)) {
                retired.add(segment.key());
            } else {
                numbers[i] = kept.size();
                kept.add(segment);
            }
        }
        int outputs = merges.stream().mapToInt(SegmentMerge::outputCount).sum();
        int manifests = kept.isEmpty() && outputs == 0 ? 0 : 1;
        return replacer.replace(new Replacer.Outputs(outputs, manifests, manifest.range()), keys -> {
            List<SegmentRef> segments = new ArrayList<>(kept);
            List<Iterator<SegmentRange>> ranges = new ArrayList<>();
            ranges.add(live(Manifest.renumbered(
                    new Unit.Listed(manifest).contents(store, objects).ranges().get(), numbers)));
            int key = 0;
            for (SegmentMerge merge : merges) {
                List<ObjectKey> part = keys.subList(key, key + merge.outputCount());
                for (SegmentBuilder.Built built : merge.write(store, objects, replacer, part)) {
                    ranges.add(SegmentRanges.of(built.index(), segments.size()));
                    segments.add(built.ref());
                }
                key += merge.outputCount();
            }
            List<ManifestRef> made = manifests == 0
                    ? List.of()
                    : List.of(write(keys.getLast(), segments, SegmentRanges.merge(ranges), manifest.level()));
            return new Replacement(List.of(), List.of(manifest.key()), List.of(), made, retired);
        });
    }

    private Iterator<SegmentRange> live(Iterator<SegmentRange> ranges) {
        List<SegmentRange> ahead = new ArrayList<>(1);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                while (ahead.isEmpty() && ranges.hasNext()) {
                    SegmentRange range = ranges.next();
                    if (range.nextOffset() > SegmentMerge.liveFrom(shard, range.stream())) {
                        ahead.add(range);
                    }
                }
                return !ahead.isEmpty();
            }

            @Override
            public SegmentRange next() {
                if (!hasNext()) {
                    throw new java.util.NoSuchElementException("No more live ranges");
                }
                return ahead.removeLast();
            }
        };
    }

    private SegmentMerge plan(List<SegmentRef> inputs) {
        List<SegmentIndex> indexes = new ArrayList<>();
        inputs.forEach(input -> indexes.add(objects.index(input).join()));
        return SegmentMerge.plan(shard, inputs, indexes, config.outputBytes());
    }

    private ManifestRef write(ObjectKey key, List<SegmentRef> segments, Iterator<SegmentRange> ranges, int level) {
        Manifest.Built built = Manifest.build(key, segments, ranges, level);
        replacer.create(key, built.content());
        return built.ref();
    }

    private static List<ObjectKey> keys(List<SegmentRef> segments) {
        return segments.stream().map(SegmentRef::key).toList();
    }
}
