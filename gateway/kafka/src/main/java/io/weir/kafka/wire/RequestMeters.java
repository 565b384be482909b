package io.weir.kafka.wire;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;

/** Requests by API: how many, and how long they took until they were answered. */
final class RequestMeters {
    private final Map<ApiKeys, Timer> latency = new EnumMap<>(ApiKeys.class);
    private final Counter malformed;

    RequestMeters(Iterable<ApiKeys> keys, MeterRegistry meters) {
        for (ApiKeys key : keys) {
            Timer.Builder timer = Timer.builder("weir.kafka.request.latency").tag("api", key.name);
            if (key == ApiKeys.PRODUCE || key == ApiKeys.FETCH) {
                timer.serviceLevelObjectives(
                        Duration.ofNanos(500_000),
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5));
            }
            latency.put(key, timer.register(meters));
        }
        malformed = meters.counter("weir.kafka.requests.malformed");
    }

    void answered(ApiKeys key, long nanos) {
        Timer timer = latency.get(key);
        if (timer != null) {
            timer.record(nanos, java.util.concurrent.TimeUnit.NANOSECONDS);
        }
    }

    void malformed() {
        malformed.increment();
    }
}
