package io.weir.kafka.group.coordinator;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime.CoordinatorState;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntimeMetrics;

/** The coordinator's own measurements, those that help, as meters of ours. Threading: any thread. */
final class CoordinatorMeters implements CoordinatorRuntimeMetrics {
    private final MeterRegistry registry;
    private final Timer queued;
    private final Timer processed;
    private final Timer durable;
    private final Timer loaded;
    private final Counter failed;

    CoordinatorMeters(MeterRegistry registry) {
        this.registry = registry;
        this.queued = Timer.builder("weir.group.event.queue.time")
                .description("How long requests of groups wait for the coordinator's thread")
                .register(registry);
        this.processed = Timer.builder("weir.group.event.time")
                .description("How long the coordinator's thread works on a request")
                .register(registry);
        this.durable = Timer.builder("weir.group.commit.time")
                .description("How long requests of groups wait for their records to become durable")
                .register(registry);
        this.loaded = Timer.builder("weir.group.cell.load.time")
                .description("How long loading a cell takes")
                .register(registry);
        this.failed = Counter.builder("weir.group.cell.load.failures")
                .description("Loads of cells that came to nothing")
                .register(registry);
    }

    @Override
    public void recordPartitionStateChange(CoordinatorState before, CoordinatorState now) {
        // The end of a session is all that the coordinator is told of a load that failed.
        if (now == CoordinatorState.FAILED || (before == CoordinatorState.LOADING && now == CoordinatorState.CLOSED)) {
            failed.increment();
        }
    }

    @Override
    public void recordPartitionLoadSensor(long startTimeMs, long endTimeMs) {
        loaded.record(endTimeMs - startTimeMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void recordEventQueueTime(long durationMs) {
        queued.record(durationMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void recordEventProcessingTime(long durationMs) {
        processed.record(durationMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void recordEventPurgatoryTime(long durationMs) {
        durable.record(durationMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void registerEventQueueSizeGauge(Supplier<Integer> size) {
        Gauge.builder("weir.group.events.queued", size, Supplier::get)
                .strongReference(true)
                .description("Requests that wait for the coordinator's thread")
                .register(registry);
    }

    @Override
    public void recordLingerTime(long durationMs) {}

    @Override
    public void recordFlushTime(long durationMs) {}

    @Override
    public void recordThreadIdleTime(double idleTimeMs) {}

    @Override
    public void recordBackgroundQueueTime(long durationMs) {}

    @Override
    public void recordBackgroundProcessingTime(long durationMs) {}

    @Override
    public void recordBackgroundThreadBusyTime(double busyTimeMs) {}

    @Override
    public void registerBufferCacheSizeGauge(Supplier<Long> size) {
        Gauge.builder("weir.group.buffers.bytes", size, Supplier::get)
                .strongReference(true)
                .description("Buffers that the coordinator keeps for its next writes")
                .register(registry);
    }

    @Override
    public void recordBufferCacheDiscarded() {}

    @Override
    public void close() {}
}
