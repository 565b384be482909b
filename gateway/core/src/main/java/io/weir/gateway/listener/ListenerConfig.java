package io.weir.gateway.listener;

import java.time.Duration;

/**
 * Where a listener listens, and the bounds it keeps.
 *
 * @param port 0 for any that is free
 * @param eventLoops threads that serve all connections
 * @param maxFrameBytes the largest request
 * @param maxInFlight requests of one connection that are not answered yet; no more are read
 * @param requestBudgetBytes memory for requests of all connections together; beyond it, large ones are not read
 * @param idleTimeout after which a connection that sent nothing is closed
 * @param frameTimeout within which a begun frame must make progress, and the first one come
 * @param writeTimeout within which a client must have taken some of its answers
 */
public record ListenerConfig(
        String host,
        int port,
        int eventLoops,
        int maxConnections,
        int maxFrameBytes,
        int maxInFlight,
        long requestBudgetBytes,
        Duration idleTimeout,
        Duration frameTimeout,
        Duration writeTimeout) {
    private static final int LARGEST_FRAME_BYTES = 1 << 30;

    public ListenerConfig {
        require(port >= 0 && port <= 65_535, "port", port, "0 to 65535");
        require(eventLoops >= 1 && eventLoops <= 64, "event loops", eventLoops, "1 to 64");
        require(maxConnections >= 1, "connections", maxConnections, "at least 1");
        require(
                maxFrameBytes >= 1024 && maxFrameBytes <= LARGEST_FRAME_BYTES,
                "frame bytes",
                maxFrameBytes,
                "1024 to " + LARGEST_FRAME_BYTES);
        require(maxInFlight >= 1 && maxInFlight <= 10_000, "requests in flight", maxInFlight, "1 to 10000");
        require(requestBudgetBytes >= 1 << 20, "request budget bytes", requestBudgetBytes, "at least 1 MiB");
        require(idleTimeout.isPositive(), "idle timeout", idleTimeout.toMillis(), "more than 0 ms");
        require(frameTimeout.isPositive(), "frame timeout", frameTimeout.toMillis(), "more than 0 ms");
        require(writeTimeout.isPositive(), "write timeout", writeTimeout.toMillis(), "more than 0 ms");
    }

    /** Bounds that suit one machine. */
    public static ListenerConfig on(String host, int port) {
        return new ListenerConfig(
                host,
                port,
                2,
                10_000,
                100 << 20,
                100,
                256L << 20,
                Duration.ofMinutes(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }

    private static void require(boolean legal, String what, long value, String wanted) {
        if (!legal) {
            throw new IllegalArgumentException("Illegal number of " + what + ": " + value + "; use " + wanted);
        }
    }
}
