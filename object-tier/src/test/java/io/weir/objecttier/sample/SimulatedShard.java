package io.weir.objecttier.sample;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The replicated state behind {@link ShardSegments}, in memory, with faults on demand. */
public final class SimulatedShard implements ShardSegments {
    /** What a command meets. */
    public enum Fate {
        APPLIED,
        REFUSED,
        ANSWER_LOST
    }

    private final ShardId shard;
    private final Map<StreamId, OffsetRange> ranges = new HashMap<>();
    private final TreeMap<Long, CompactionIntent> intents = new TreeMap<>();
    private final Map<ObjectKey, RetiredObject> retired = new TreeMap<>();
    private List<ManifestRef> manifests = List.of();
    private List<SegmentRef> segments = List.of();
    private long version;
    private long flushedUpTo;
    private long term = 1;
    private boolean leads = true;
    private Supplier<Fate> fates = () -> Fate.APPLIED;
    private Supplier<Long> clock = () -> 0L;
    private Optional<List<Elsewhere>> elsewhere = Optional.of(List.of());
    private long commands;
    private Runnable afterLook = () -> {};
    private Optional<Replayed> replayed = Optional.empty();

    /** What the log of a group that has failed will bring back. */
    private record Replayed(
            Map<StreamId, OffsetRange> ranges,
            Map<Long, CompactionIntent> intents,
            Map<ObjectKey, RetiredObject> retired,
            List<ManifestRef> manifests,
            List<SegmentRef> segments,
            long version,
            long flushedUpTo) {}

    public SimulatedShard(ShardId shard) {
        this.shard = shard;
    }

    /** Decides what happens to each command. */
    public void fates(Supplier<Fate> next) {
        this.fates = next;
    }

    public void clock(Supplier<Long> nowMs) {
        this.clock = nowMs;
    }

    public void lead(boolean leading) {
        this.leads = leading;
    }

    /** As after an election. */
    public void nextTerm() {
        term++;
    }

    /** Its group has failed, and is opened again without a snapshot: its log is about to be replayed. */
    public void fail() {
        if (replayed.isEmpty()) {
            replayed = Optional.of(new Replayed(
                    Map.copyOf(ranges),
                    Map.copyOf(intents),
                    Map.copyOf(retired),
                    manifests,
                    segments,
                    version,
                    flushedUpTo));
            leads = false;
            become(new Replayed(Map.of(), Map.of(), Map.of(), List.of(), List.of(), 0, 0));
        }
    }

    /** A group that had failed has replayed its log, and is led here in another term; any other stays as it is. */
    public void heal() {
        replayed.ifPresent(state -> {
            become(state);
            term++;
            leads = true;
        });
        replayed = Optional.empty();
    }

    private void become(Replayed state) {
        ranges.clear();
        ranges.putAll(state.ranges());
        intents.clear();
        intents.putAll(state.intents());
        retired.clear();
        retired.putAll(state.retired());
        manifests = state.manifests();
        segments = state.segments();
        version = state.version();
        flushedUpTo = state.flushedUpTo();
    }

    /**
     * Something happens once somebody has asked what is flushed, or retired, and before they are told anything else.
     */
    public void afterNextLook(Runnable happens) {
        afterLook = happens;
    }

    private <T> T looked(T seen) {
        Runnable happens = afterLook;
        afterLook = () -> {};
        happens.run();
        return seen;
    }

    /** What other shards have of every stream; empty when that is not known. */
    public void elsewhere(Optional<List<Elsewhere>> known) {
        this.elsewhere = known;
    }

    /** How many commands have been applied. */
    public long commands() {
        return commands;
    }

    /** Commits a flush, as the shard does itself. */
    public void commit(SegmentRef segment, Map<StreamId, Long> ends) {
        if (segment.range().from() != flushedUpTo + 1) {
            throw new IllegalStateException("Refused: " + segment.range() + " after " + flushedUpTo);
        }
        flushedUpTo = segment.range().upTo();
        List<SegmentRef> more = new ArrayList<>(segments);
        more.add(segment);
        segments = List.copyOf(more);
        version++;
        ends.forEach((stream, end) -> {
            OffsetRange before = ranges.getOrDefault(stream, new OffsetRange(0, 0));
            ranges.put(stream, new OffsetRange(Math.min(before.from(), end), end));
        });
    }

    public void deleteStream(StreamId stream) {
        ranges.remove(stream);
    }

    public void createStream(StreamId stream) {
        ranges.putIfAbsent(stream, new OffsetRange(0, 0));
    }

    @Override
    public ShardId shard() {
        return shard;
    }

    @Override
    public Optional<Term> term() {
        return leads ? Optional.of(new LedTerm(term)) : Optional.empty();
    }

    /** The present term of a shard that is led here. */
    public Term led() {
        return term().orElseThrow();
    }

    @Override
    public SegmentView view() {
        return new SegmentView(shard, version, manifests, segments);
    }

    @Override
    public long flushedUpTo() {
        return looked(flushedUpTo);
    }

    @Override
    public Optional<OffsetRange> flushedRange(StreamId stream) {
        return Optional.ofNullable(ranges.get(stream));
    }

    @Override
    public Optional<List<Elsewhere>> elsewhere(StreamLocation stream, OffsetRange offsets) {
        return elsewhere.map(others -> others.stream()
                .filter(other -> other.offsets().overlaps(offsets))
                .toList());
    }

    @Override
    public List<RetiredObject> retired() {
        return looked(List.copyOf(retired.values()));
    }

    @Override
    public List<CompactionIntent> intents() {
        return List.copyOf(intents.values());
    }

    private final class LedTerm implements Term {
        private final long number;

        private LedTerm(long number) {
            this.number = number;
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public CompletableFuture<Void> announce(CompactionIntent intent) {
            return command(number, () -> {
                        intents.put(intent.id(), intent);
                        return true;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public CompletableFuture<Void> abort(long intentId) {
            return command(number, () -> {
                        CompactionIntent intent = intents.remove(intentId);
                        if (intent != null) {
                            intent.outputs().forEach(SimulatedShard.this::retire);
                        }
                        return true;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public CompletableFuture<Boolean> replace(long intentId, Replacement replacement) {
            return command(number, () -> replaceNow(intentId, replacement));
        }

        @Override
        public CompletableFuture<Void> trim(Map<StreamId, Long> logStarts) {
            return command(number, () -> {
                        logStarts.forEach(SimulatedShard.this::trimNow);
                        return true;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public CompletableFuture<Void> forget(List<ObjectKey> deleted) {
            return command(number, () -> {
                        deleted.forEach(retired::remove);
                        return true;
                    })
                    .thenAccept(done -> {});
        }
    }

    private void trimNow(StreamId stream, long to) {
        OffsetRange range = ranges.get(stream);
        if (range != null && to > range.from()) {
            if (to > range.to()) {
                throw new IllegalStateException("Trim of " + stream + " to " + to + " is past " + range);
            }
            ranges.put(stream, new OffsetRange(to, range.to()));
        }
    }

    private void retire(ObjectKey key) {
        retired.put(key, new RetiredObject(key, clock.get()));
    }

    private boolean replaceNow(long intentId, Replacement change) {
        @Nullable CompactionIntent intent = intents.get(intentId);
        Set<ObjectKey> present = new HashSet<>();
        segments.forEach(segment -> present.add(segment.key()));
        manifests.forEach(manifest -> present.add(manifest.key()));
        if (intent == null
                || !present.containsAll(change.inputSegments())
                || !present.containsAll(change.inputManifests())) {
            return false;
        }
        List<SegmentRef> nextSegments = new ArrayList<>(segments);
        nextSegments.removeIf(segment -> change.inputSegments().contains(segment.key()));
        nextSegments.addAll(change.outputSegments());
        nextSegments.sort(Comparator.comparingLong(segment -> segment.range().from()));
        List<ManifestRef> nextManifests = new ArrayList<>(manifests);
        nextManifests.removeIf(manifest -> change.inputManifests().contains(manifest.key()));
        nextManifests.addAll(change.outputManifests());
        nextManifests.sort(Comparator.comparingLong(manifest -> manifest.range().from()));
        for (var output : change.outputSegments()) {
            requireAnnounced(intent, output.key());
        }
        for (var output : change.outputManifests()) {
            requireAnnounced(intent, output.key());
        }
        segments = List.copyOf(nextSegments);
        manifests = List.copyOf(nextManifests);
        change.retired().forEach(this::retire);
        intents.remove(intentId);
        version++;
        return true;
    }

    private static void requireAnnounced(CompactionIntent intent, ObjectKey key) {
        if (!intent.outputs().contains(key)) {
            throw new IllegalStateException("Output " + key + " was not announced");
        }
    }

    private <T> CompletableFuture<T> command(long inTerm, Supplier<T> apply) {
        Fate fate = leads && inTerm == term ? fates.get() : Fate.REFUSED;
        if (fate == Fate.REFUSED) {
            return CompletableFuture.failedFuture(new ServiceException(FailureCode.NOT_LEADER, "Simulated refusal"));
        }
        T result = apply.get();
        commands++;
        return fate == Fate.ANSWER_LOST
                ? CompletableFuture.failedFuture(new ServiceException(FailureCode.TIMED_OUT, "Simulated loss"))
                : CompletableFuture.completedFuture(result);
    }
}
