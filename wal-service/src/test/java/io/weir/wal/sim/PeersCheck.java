package io.weir.wal.sim;

import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailReader;
import io.weir.wal.Batches;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.ShardState;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** What holds between the replicas of a shard, beside the invariants of each. */
final class PeersCheck {
    private final History history;
    private final ShardCheck each;
    /** The hash of a snapshot after each entry, as the first replica had it. */
    private final Map<Long, Long> hashes = new HashMap<>();
    /** What was read where, by stream and offset, whoever served it. */
    private final Map<Long, Map<Long, Long>> marks = new HashMap<>();

    private final Map<SimulatedShard, Map<StreamLocation, StreamBounds>> served = new HashMap<>();
    private final List<Watcher> watchers = new ArrayList<>();
    private int step;

    /** Somebody who waits at a replica. */
    private static final class Watcher {
        private final SimulatedShard shard;
        private final StreamLocation location;
        private final long offset;
        private boolean called;

        private Watcher(SimulatedShard shard, StreamLocation location, long offset) {
            this.shard = shard;
            this.location = location;
            this.offset = offset;
        }
    }

    PeersCheck(SimulatedSegments segments, History history) {
        this.history = history;
        this.each = new ShardCheck(segments, history);
    }

    void afterStep(List<SimulatedShard> shards) {
        SimulatedShard one = shards.get(step++ % shards.size());
        each.cheap(one);
        long applied = one.machine().state().applied();
        long hash = hashOfSnapshot(one.machine());
        Long known = hashes.putIfAbsent(applied, hash);
        require(known == null || known == hash, "Two replicas differ after entry " + applied);
        shards.forEach(this::endsNeverGoBack);
        noWatcherIsLost();
    }

    /** As peers compare their states: by what a snapshot of them would contain. */
    private static long hashOfSnapshot(ShardMachine machine) {
        CRC32C crc = new CRC32C();
        try (ReplicatedState.Frozen frozen = machine.freeze();
                OutputStream out = new CheckedOutputStream(OutputStream.nullOutputStream(), crc)) {
            frozen.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return crc.getValue();
    }

    private void endsNeverGoBack(SimulatedShard shard) {
        served.getOrDefault(shard, new HashMap<>()).replaceAll((location, before) -> {
            StreamBounds now = shard.reader().bounds(location).orElse(before);
            require(
                    now.end() >= before.end() && now.logStart() >= before.logStart(),
                    location.stream() + " went back from " + before + " to " + now);
            return now;
        });
    }

    private void noWatcherIsLost() {
        watchers.removeIf(watcher -> watcher.called);
        for (Watcher watcher : watchers) {
            Optional<StreamBounds> bounds = watcher.shard.reader().bounds(watcher.location);
            require(
                    bounds.isEmpty() || bounds.get().end() <= watcher.offset,
                    "A watcher above " + watcher.offset + " of " + watcher.location.stream()
                            + " was not called, the stream ends at " + bounds);
        }
    }

    /** The replica's process died, and who waited there with it. */
    void forget(SimulatedShard shard) {
        served.remove(shard);
        watchers.removeIf(watcher -> watcher.shard.equals(shard));
    }

    void watch(SimulatedShard shard, List<Topic> topics, Random random) {
        Topic topic = topics.get(random.nextInt(topics.size()));
        StreamLocation location =
                topic.location(random.nextInt(topic.partitions())).orElseThrow();
        shard.reader().bounds(location).ifPresent(bounds -> {
            served.computeIfAbsent(shard, one -> new HashMap<>()).put(location, bounds);
            Watcher watcher = new Watcher(shard, location, bounds.end() + random.nextInt(3));
            watchers.add(watcher);
            TailReader.Watch watch = shard.reader().watch(location, watcher.offset, () -> watcher.called = true);
            if (random.nextInt(4) == 0) {
                watch.close();
                watchers.remove(watcher);
            }
        });
    }

    /** Reads all that a replica has: what others have read there before is the same. */
    void readEverything(SimulatedShard shard, List<Topic> topics, Runnable settle) {
        each.readEverything(shard, topics, settle, this::sameAsOthersRead);
    }

    private void sameAsOthersRead(StreamLocation location, StoredBatches.Raw batch) {
        long mark = Batches.mark(batch.batch());
        Long before = marks.computeIfAbsent(location.stream().value(), id -> new HashMap<>())
                .putIfAbsent(batch.baseOffset(), mark);
        require(
                before == null || before == mark,
                "At " + batch.baseOffset() + " of " + location.stream() + " is " + mark + ", and was " + before);
    }

    void atRest(List<SimulatedShard> shards, List<Topic> topics, Consumer<SimulatedShard> settle) {
        ShardState first = shards.getFirst().machine().state();
        for (SimulatedShard shard : shards) {
            ShardState state = shard.machine().state();
            require(state.applied() == first.applied(), "A replica lags at rest, at " + state.applied());
            require(state.stateHash() == first.stateHash(), "Replicas differ at rest");
            require(shard.machine().serves(), "A replica serves no reads at rest");
            each.everythingIsAnswered(shard);
            readEverything(shard, topics, () -> settle.accept(shard));
            for (Topic topic : topics) {
                for (int partition = 0; partition < topic.partitions(); partition++) {
                    everythingIsThere(shard, topic.location(partition).orElseThrow());
                }
            }
        }
    }

    private void everythingIsThere(SimulatedShard shard, StreamLocation location) {
        StreamBounds bounds = shard.reader()
                .bounds(location)
                .orElseThrow(() -> new AssertionError(location.stream() + " is not open at rest, "
                        + shard.machine().open().ranges() + ", "
                        + shard.machine().leadership()));
        history.acknowledged(location.stream().value())
                .forEach((mark, offset) -> require(
                        offset < bounds.end(),
                        "Batch " + mark + " was acknowledged at " + offset + ", and " + location.stream() + " ends at "
                                + bounds.end()));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
