package io.weir.kafka.wire;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Connection;
import io.weir.gateway.connection.Protocol;
import io.weir.kafka.protocol.ApiRegistry;
import io.weir.kafka.protocol.KafkaClient;
import java.time.Duration;

/** Kafka's protocol on a listener. */
public final class KafkaProtocol implements Protocol {
    private final ApiRegistry registry;
    private final MetadataSource metadata;
    private final Duration maxImageAge;
    private final int maxControlRequestBytes;
    private final RequestMeters meters;

    /**
     * The protocol, with every API that the registry has.
     *
     * @param maxImageAge a gateway that has not heard of the metadata group for so long takes no new clients
     * @param maxControlRequestBytes the largest request that carries no records
     */
    public KafkaProtocol(
            ApiRegistry registry,
            MetadataSource metadata,
            Duration maxImageAge,
            int maxControlRequestBytes,
            MeterRegistry meters) {
        this.registry = registry;
        this.metadata = metadata;
        this.maxImageAge = maxImageAge;
        this.maxControlRequestBytes = maxControlRequestBytes;
        this.meters = new RequestMeters(registry.keys(), meters);
    }

    @Override
    public Session open(Connection connection) {
        if (metadata.age().compareTo(maxImageAge) > 0) {
            connection.close(CloseReason.STALE);
        }
        return new KafkaSession(this, new KafkaClient(connection, TenantId.DEFAULT));
    }

    ApiRegistry registry() {
        return registry;
    }

    RequestMeters meters() {
        return meters;
    }

    int maxControlRequestBytes() {
        return maxControlRequestBytes;
    }
}
