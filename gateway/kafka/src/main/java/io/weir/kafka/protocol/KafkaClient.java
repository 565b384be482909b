package io.weir.kafka.protocol;

import io.weir.contracts.identity.TenantId;
import io.weir.gateway.connection.Connection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is known of one connection's client.
 *
 * <p>Threading: on the connection's event loop only, but for the accessors.
 */
public final class KafkaClient {
    private final Connection connection;
    private final TenantId tenant;
    private final Set<Runnable> onClose = new LinkedHashSet<>(2);
    private final RequestLane produceLane = new RequestLane();

    public KafkaClient(Connection connection, TenantId tenant) {
        this.connection = connection;
        this.tenant = tenant;
    }

    public Connection connection() {
        return connection;
    }

    public TenantId tenant() {
        return tenant;
    }

    /** Keeps this connection's appends in the order of its requests. */
    public RequestLane produceLane() {
        return produceLane;
    }

    /** Runs when the connection has closed, unless it was {@linkplain #forget forgotten} by then. */
    public void onClose(Runnable action) {
        onClose.add(action);
    }

    /** Takes back {@link #onClose}. */
    public void forget(Runnable action) {
        onClose.remove(action);
    }

    /** Tells everyone who asked. */
    public void closed() {
        List<Runnable> due = List.copyOf(onClose);
        onClose.clear();
        due.forEach(Runnable::run);
    }
}
