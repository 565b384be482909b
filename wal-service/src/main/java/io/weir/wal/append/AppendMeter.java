package io.weir.wal.append;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weir.contracts.identity.ShardId;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Counts what an appender does. Threading: any thread. */
public final class AppendMeter {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private final Timer latency;
    private final Counter entries;
    private final Counter batches;
    private final Counter bytes;
    private final Counter storageFull;

    public AppendMeter(MeterRegistry registry, ShardId shard) {
        String value = Integer.toString(shard.value());
        latency = Timer.builder("weir.append.latency")
                .description("From the hand-over of a batch to its durable commit")
                .tag("shard", value)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        entries = registry.counter("weir.append.entries", "shard", value);
        batches = registry.counter("weir.append.batches", "shard", value);
        bytes = registry.counter("weir.append.bytes", "shard", value);
        storageFull = registry.counter("weir.append.storage.full", "shard", value);
    }

    void answered(EntryInFlight entry) {
        long now = System.nanoTime();
        entries.increment();
        batches.increment(entry.appends().size());
        bytes.increment((double) entry.bytes());
        for (int i = 0; i < entry.appends().size(); i++) {
            latency.record(now - entry.appends().get(i).arrivedNanos(), TimeUnit.NANOSECONDS);
        }
    }

    void storageFull() {
        storageFull.increment();
    }
}
