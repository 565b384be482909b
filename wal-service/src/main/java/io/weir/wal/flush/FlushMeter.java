package io.weir.wal.flush;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.ShardId;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what a flusher does. Threading: any thread. */
public final class FlushMeter {
    private final MeterRegistry registry;
    private final String shard;
    private final Counter segments;
    private final Counter bytes;
    private final Counter commits;
    private final AtomicLong pendingSinceNanos = new AtomicLong();

    public FlushMeter(MeterRegistry registry, ShardId shard) {
        this.registry = registry;
        this.shard = Integer.toString(shard.value());
        segments = registry.counter("weir.flush.segments", "shard", this.shard);
        bytes = registry.counter("weir.flush.bytes", "shard", this.shard);
        commits = registry.counter("weir.flush.commits", "shard", this.shard);
        Gauge.builder("weir.flush.age", this, FlushMeter::ageSeconds)
                .description("Seconds since the tail was last flushed while something was waiting; 0 when nothing is")
                .tag("shard", this.shard)
                .strongReference(true)
                .register(registry);
    }

    void written(long segmentBytes) {
        segments.increment();
        bytes.increment((double) segmentBytes);
    }

    void committed() {
        commits.increment();
    }

    void failed(FailureCode code) {
        registry.counter("weir.flush.failures", "shard", shard, "code", code.label())
                .increment();
    }

    /** @param nanos 0 when nothing is pending */
    void pendingSince(long nanos) {
        pendingSinceNanos.set(nanos);
    }

    private double ageSeconds() {
        long since = pendingSinceNanos.get();
        return since == 0 ? 0 : (System.nanoTime() - since) / 1e9;
    }
}
