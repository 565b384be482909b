package io.weir.kafka.protocol;

import io.weir.contracts.identity.TenantId;
import io.weir.gateway.connection.Connection;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of one connection's client.
 *
 * <p>Threading: on the connection's event loop only, but for the accessors.
 */
public final class KafkaClient {
    private final Connection connection;
    private final TenantId tenant;
    private final List<Runnable> onClose = new ArrayList<>(1);
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

    /**
     * Runs when the connection has closed. The list is bounded by the caller: register once per feature, not per
     * request.
     */
    public void onClose(Runnable action) {
        onClose.add(action);
    }

    /** Tells everyone who asked. */
    public void closed() {
        onClose.forEach(Runnable::run);
        onClose.clear();
    }
}
