package io.weir.gateway.listener;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.gateway.connection.CloseReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What a listener counts. */
final class Traffic {
    private final Counter received;
    private final Counter sent;
    private final Counter accepted;
    private final Map<CloseReason, Counter> closed = new EnumMap<>(CloseReason.class);
    private final AtomicInteger connections = new AtomicInteger();

    Traffic(String protocol, AdmissionBudget budget, MeterRegistry meters) {
        received = Counter.builder("weir.gateway.received")
                .baseUnit("bytes")
                .tag("protocol", protocol)
                .register(meters);
        sent = Counter.builder("weir.gateway.sent")
                .baseUnit("bytes")
                .tag("protocol", protocol)
                .register(meters);
        accepted = meters.counter("weir.gateway.connections.accepted", "protocol", protocol);
        for (CloseReason reason : CloseReason.values()) {
            closed.put(
                    reason,
                    meters.counter("weir.gateway.connections.closed", "protocol", protocol, "reason", reason.label()));
        }
        Gauge.builder("weir.gateway.connections", connections, AtomicInteger::get)
                .tag("protocol", protocol)
                .register(meters);
        Gauge.builder("weir.gateway.requests.held", budget, AdmissionBudget::usedBytes)
                .baseUnit("bytes")
                .tag("protocol", protocol)
                .register(meters);
    }

    void received(long bytes) {
        received.increment((double) bytes);
    }

    void sent(long bytes) {
        sent.increment((double) bytes);
    }

    int opened() {
        accepted.increment();
        return connections.incrementAndGet();
    }

    void gone() {
        connections.decrementAndGet();
    }

    void closing(CloseReason reason) {
        java.util.Objects.requireNonNull(closed.get(reason)).increment();
    }

    int connections() {
        return connections.get();
    }
}
