package io.weir.kafka.group.coordinator;

import java.time.Duration;

/**
 * Bounds and times of consumer groups.
 *
 * @param initialRebalanceDelay how long a new classic group waits for more members before its first rebalance. 200 ms
 *     by default, where Kafka has 3 s: members that start together still share one rebalance (one that comes later
 *     costs the others a heartbeat interval), and a first message does not wait for seconds
 * @param minSessionTimeout shortest session timeout a classic member, or the settings of a group, may ask for
 * @param maxSessionTimeout longest such timeout
 * @param heartbeatInterval what members of KIP-848 groups are told: 3 s by default, as classic members have it, where
 *     Kafka has 5 s; members learn of a rebalance that much sooner
 * @param maxRebalanceTimeout longer ones are cut to this
 * @param maxGroupSize most members of one group
 * @param maxGroupIdLength longest group id, member id or instance id, in characters
 * @param maxProtocols most assignment protocols of one member
 * @param maxMetadataBytes largest metadata of one committed offset
 * @param offsetsRetention how long offsets of an empty group, or of a topic no member subscribes to, are kept
 * @param offsetsRetentionCheck how often expired offsets are looked for
 * @param commitTimeout how long a request waits for its records to become durable
 * @param maxInFlightBytes bound on records on their way to cells
 * @param maxBackOff longest wait before a lost cell is acquired again
 * @param threads threads of the coordinator
 * @param maxLagSeries most (group, topic, partition) whose lag is exported
 */
public record ConsumerGroupsConfig(
        Duration initialRebalanceDelay,
        Duration minSessionTimeout,
        Duration maxSessionTimeout,
        Duration heartbeatInterval,
        Duration maxRebalanceTimeout,
        int maxGroupSize,
        int maxGroupIdLength,
        int maxProtocols,
        int maxMetadataBytes,
        Duration offsetsRetention,
        Duration offsetsRetentionCheck,
        Duration commitTimeout,
        long maxInFlightBytes,
        Duration maxBackOff,
        int threads,
        int maxLagSeries) {
    /** Session timeout of members of KIP-848 groups, unless a group's settings say otherwise; as in Kafka. */
    public static final Duration SESSION_TIMEOUT = Duration.ofSeconds(45);

    /** Kafka keeps most of these times as 32-bit milliseconds. */
    private static final Duration LONGEST = Duration.ofDays(24);

    public static final ConsumerGroupsConfig DEFAULT = new ConsumerGroupsConfig(
            Duration.ofMillis(200),
            Duration.ofSeconds(6),
            Duration.ofMinutes(30),
            Duration.ofSeconds(3),
            Duration.ofHours(24),
            2_000,
            1_024,
            100,
            4_096,
            Duration.ofDays(7),
            Duration.ofMinutes(10),
            Duration.ofSeconds(5),
            32L << 20,
            Duration.ofSeconds(2),
            1,
            1_000);

    public ConsumerGroupsConfig {
        atLeast("group-initial-rebalance-delay", initialRebalanceDelay, Duration.ZERO);
        atLeast("group-min-session-timeout", minSessionTimeout, Duration.ofMillis(1));
        atLeast("group-max-session-timeout", maxSessionTimeout, minSessionTimeout);
        atLeast("group-heartbeat-interval", heartbeatInterval, Duration.ofMillis(1));
        if (heartbeatInterval.compareTo(SESSION_TIMEOUT) >= 0) {
            throw new IllegalArgumentException("Illegal group-heartbeat-interval " + heartbeatInterval
                    + ": members must beat within their session timeout of " + SESSION_TIMEOUT);
        }
        atLeast("group-max-rebalance-timeout", maxRebalanceTimeout, Duration.ofSeconds(1));
        within("group-max-size", maxGroupSize, 1, 100_000);
        within("group-max-id-length", maxGroupIdLength, 1, 10_000);
        within("group-max-protocols", maxProtocols, 1, 10_000);
        within("group-max-metadata-bytes", maxMetadataBytes, 0, 100_000);
        between("offsets-retention", offsetsRetention, Duration.ofMinutes(1), Duration.ofDays(100_000));
        atLeast("offsets-retention-check", offsetsRetentionCheck, Duration.ofMillis(1));
        atLeast("group-commit-timeout", commitTimeout, Duration.ofMillis(1));
        within("group-max-in-flight-bytes", maxInFlightBytes, 1 << 20, 1L << 40);
        atLeast("group-max-back-off", maxBackOff, Duration.ofMillis(1));
        within("group-threads", threads, 1, 64);
        within("group-max-lag-series", maxLagSeries, 0, 100_000);
    }

    private static void atLeast(String name, Duration value, Duration least) {
        between(name, value, least, LONGEST);
    }

    private static void between(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException("Illegal " + name + " " + value + ": use " + least + " to " + most);
        }
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("Illegal " + name + " " + value + ": use " + least + " to " + most);
        }
    }
}
