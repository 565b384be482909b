package io.weir.registry;

import java.time.Duration;

/**
 * Bounds of a {@link SchemaRegistry}.
 *
 * @param checks schemas that are parsed and compared at a time
 * @param waitingChecks those that may wait for it; more are refused
 * @param checkTimeout how long a request waits for its check
 * @param commandTimeout how long a request waits for the metadata
 */
public record RegistryConfig(int checks, int waitingChecks, Duration checkTimeout, Duration commandTimeout) {
    public static final RegistryConfig DEFAULT =
            new RegistryConfig(2, 64, Duration.ofSeconds(20), Duration.ofSeconds(10));

    /** Largest request: a schema of its largest size, escaped in JSON as clients do. */
    public static final int MAX_BODY_BYTES = 3 << 20;

    public RegistryConfig {
        if (checks < 1 || waitingChecks < 1) {
            throw new IllegalArgumentException(
                    "Illegal numbers of checks " + checks + " and " + waitingChecks + ": at least 1");
        }
        if (checkTimeout.toMillis() < 1 || commandTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("Illegal timeouts " + checkTimeout + " and " + commandTimeout);
        }
    }
}
