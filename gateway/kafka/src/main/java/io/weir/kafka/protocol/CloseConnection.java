package io.weir.kafka.protocol;

/**
 * A request cannot be answered on its connection, which is closed instead: Kafka's answer to a failed Produce without
 * acks.
 */
public final class CloseConnection extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CloseConnection(String message) {
        super(message, null, false, false);
    }
}
