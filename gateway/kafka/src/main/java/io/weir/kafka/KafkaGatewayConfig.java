package io.weir.kafka;

import io.weir.contracts.identity.NodeId;
import io.weir.gateway.listener.ListenerConfig;
import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the Kafka gateway.
 *
 * @param node what clients know this process as
 * @param advertisedHost where clients are told to connect; null for the listener's host
 * @param advertisedPort 0 for the port that was bound
 * @param zone that this process is in, as clients call theirs
 * @param maxImageAge without news from the metadata group for so long, new clients and writes are refused, retriably
 * @param limits on what clients may ask for
 * @param groups times and bounds of consumer groups
 */
public record KafkaGatewayConfig(
        NodeId node,
        ListenerConfig listener,
        @Nullable String advertisedHost,
        int advertisedPort,
        Optional<String> zone,
        Duration maxImageAge,
        Limits limits,
        ConsumerGroupsConfig groups) {
    public KafkaGatewayConfig {
        if (advertisedPort < 0 || advertisedPort > 65_535) {
            throw new IllegalArgumentException("Illegal advertised port " + advertisedPort + ": use 0 to 65535");
        }
        if (!maxImageAge.isPositive()) {
            throw new IllegalArgumentException("Illegal largest age of the metadata: " + maxImageAge);
        }
    }

    /** Consumer groups by default. */
    public KafkaGatewayConfig(
            NodeId node,
            ListenerConfig listener,
            @Nullable String advertisedHost,
            int advertisedPort,
            Duration maxImageAge,
            Limits limits) {
        this(
                node,
                listener,
                advertisedHost,
                advertisedPort,
                Optional.empty(),
                maxImageAge,
                limits,
                ConsumerGroupsConfig.DEFAULT);
    }

    /** The same in a zone. */
    public KafkaGatewayConfig withZone(Optional<String> in) {
        return new KafkaGatewayConfig(node, listener, advertisedHost, advertisedPort, in, maxImageAge, limits, groups);
    }

    /** Everything by default. */
    public static KafkaGatewayConfig on(NodeId node, String host, int port) {
        return new KafkaGatewayConfig(
                node, ListenerConfig.on(host, port), null, 0, Duration.ofSeconds(30), Limits.DEFAULT);
    }

    /**
     * Caps on numbers that clients send.
     *
     * @param maxFetchBytes of one answer, but for its first batch
     * @param fetchBudgetBytes of all answers that are not written yet
     * @param maxFetchWait for new data
     * @param maxFetchSessions incremental sessions (KIP-227)
     * @param maxFetchSessionPartitions in all sessions together
     * @param maxControlRequestBytes of a request that carries no records
     * @param maxDecompressedBytes of one batch
     * @param checkingThreads that look inside compressed batches
     * @param maxItems of a list in a request, where each item costs work: topics to create, partitions to look up
     */
    public record Limits(
            int maxFetchBytes,
            long fetchBudgetBytes,
            Duration maxFetchWait,
            int maxFetchSessions,
            int maxFetchSessionPartitions,
            int maxControlRequestBytes,
            int maxDecompressedBytes,
            int checkingThreads,
            int maxItems) {
        public static final Limits DEFAULT =
                new Limits(55 << 20, 256L << 20, Duration.ofSeconds(60), 1000, 500_000, 8 << 20, 128 << 20, 2, 100_000);

        public Limits {
            positive("fetch bytes", maxFetchBytes);
            positive("fetch budget bytes", fetchBudgetBytes);
            positive("fetch wait", maxFetchWait.toMillis());
            positive("fetch sessions", maxFetchSessions);
            positive("partitions of fetch sessions", maxFetchSessionPartitions);
            positive("bytes of a request without records", maxControlRequestBytes);
            positive("decompressed bytes", maxDecompressedBytes);
            positive("checking threads", checkingThreads);
            positive("items of a request", maxItems);
        }

        private static void positive(String what, long value) {
            if (value <= 0) {
                throw new IllegalArgumentException("Illegal limit of " + what + ": " + value + "; use at least 1");
            }
        }
    }
}
