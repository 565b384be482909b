package io.weir.consensus;

import io.weir.contracts.consensus.ConsensusGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Where the groups are kept and what they may use.
 *
 * @param directory each group has a directory below it
 * @param limits of a group that is not named in {@code groupLimits}
 * @param inFlightEntries submitted and not yet applied, per group; the next submission waits
 * @param inFlightBytes likewise
 * @param electionTimeout how long a peer waits for a leader before it stands for election, once it has had one; the
 *     first election of a group of one peer is held at once
 * @param openTimeout how long {@code open} waits for the replay of the log
 * @param reopenAfter the first pause before a group whose disk failed is opened again; doubled up to
 *     {@code reopenAtMost}
 * @param minFreeBytes a group whose disk was full stays closed until this much is free
 * @param cluster the other nodes; empty for a process that keeps its groups alone
 */
public record ConsensusConfig(
        Path directory,
        Limits limits,
        Map<String, Limits> groupLimits,
        int inFlightEntries,
        int inFlightBytes,
        Duration electionTimeout,
        Duration openTimeout,
        Duration reopenAfter,
        Duration reopenAtMost,
        long minFreeBytes,
        Optional<Cluster> cluster) {
    private static final int MIB = 1 << 20;

    /**
     * What one group may hold.
     *
     * @param maxEntryBytes the largest entry; a group holds a little more than this in direct memory, one of several
     *     peers as much as the group of the largest entries
     * @param segmentBytes the size of a log file: a purge deletes whole files, the newest one is also in memory, and
     *     the first write to each is written twice
     */
    public record Limits(int maxEntryBytes, int segmentBytes) {
        public Limits {
            require(
                    maxEntryBytes >= 1024 && maxEntryBytes <= ConsensusGroup.MAX_ENTRY_BYTES,
                    "max-entry-bytes must be 1024 to " + ConsensusGroup.MAX_ENTRY_BYTES + ": " + maxEntryBytes);
            require(
                    segmentBytes >= 64 << 10 && segmentBytes <= 256 * MIB,
                    "segment-bytes must be 64 KiB to 256 MiB: " + segmentBytes);
        }

        Limits withSegmentsOfAtMost(int bytes) {
            return new Limits(maxEntryBytes, Math.min(segmentBytes, bytes));
        }
    }

    public ConsensusConfig {
        groupLimits = Map.copyOf(groupLimits);
        int largest = largest(limits, groupLimits);
        require(inFlightEntries >= 1, "in-flight-entries must be at least 1: " + inFlightEntries);
        require(
                inFlightBytes >= largest && inFlightBytes <= 512 * MIB,
                "in-flight-bytes must be " + largest + " to 512 MiB: " + inFlightBytes);
        require(electionTimeout.toMillis() >= 1, "election-timeout must be at least 1 ms: " + electionTimeout);
        require(openTimeout.toMillis() >= 1, "open-timeout must be at least 1 ms: " + openTimeout);
        require(reopenAfter.toMillis() >= 1, "reopen-after must be at least 1 ms: " + reopenAfter);
        require(reopenAtMost.compareTo(reopenAfter) >= 0, "reopen-at-most must be at least reopen-after");
        require(minFreeBytes >= 0, "min-free-bytes must not be negative: " + minFreeBytes);
    }

    /** Of a process that keeps its groups alone. */
    public ConsensusConfig(
            Path directory,
            Limits limits,
            Map<String, Limits> groupLimits,
            int inFlightEntries,
            int inFlightBytes,
            Duration electionTimeout,
            Duration openTimeout,
            Duration reopenAfter,
            Duration reopenAtMost,
            long minFreeBytes) {
        this(
                directory,
                limits,
                groupLimits,
                inFlightEntries,
                inFlightBytes,
                electionTimeout,
                openTimeout,
                reopenAfter,
                reopenAtMost,
                minFreeBytes,
                Optional.empty());
    }

    /** What a single process uses. */
    public static ConsensusConfig defaults(Path directory) {
        return new ConsensusConfig(
                directory,
                new Limits(ConsensusGroup.MAX_ENTRY_BYTES, 32 * MIB),
                Map.of(),
                1024,
                64 * MIB,
                Duration.ofMillis(250),
                Duration.ofMinutes(10),
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                64L * MIB);
    }

    /** The same with other limits for one group: one of small entries needs less memory. */
    public ConsensusConfig withLimits(String group, Limits other) {
        Map<String, Limits> all = new java.util.HashMap<>(groupLimits);
        all.put(group, other);
        return new ConsensusConfig(
                directory,
                limits,
                all,
                inFlightEntries,
                inFlightBytes,
                electionTimeout,
                openTimeout,
                reopenAfter,
                reopenAtMost,
                minFreeBytes,
                cluster);
    }

    /** The same with another wait before an election. */
    public ConsensusConfig withElectionTimeout(Duration timeout) {
        return new ConsensusConfig(
                directory,
                limits,
                groupLimits,
                inFlightEntries,
                inFlightBytes,
                timeout,
                openTimeout,
                reopenAfter,
                reopenAtMost,
                minFreeBytes,
                cluster);
    }

    /** The same as one of several nodes. */
    public ConsensusConfig withCluster(Cluster others) {
        return new ConsensusConfig(
                directory,
                limits,
                groupLimits,
                inFlightEntries,
                inFlightBytes,
                electionTimeout,
                openTimeout,
                reopenAfter,
                reopenAtMost,
                minFreeBytes,
                Optional.of(others));
    }

    /** The same with smaller log files, in groups whose files would be bigger. */
    public ConsensusConfig withSegmentsOfAtMost(int segmentBytes) {
        Map<String, Limits> all = new java.util.HashMap<>();
        groupLimits.forEach((group, each) -> all.put(group, each.withSegmentsOfAtMost(segmentBytes)));
        return new ConsensusConfig(
                directory,
                limits.withSegmentsOfAtMost(segmentBytes),
                all,
                inFlightEntries,
                inFlightBytes,
                electionTimeout,
                openTimeout,
                reopenAfter,
                reopenAtMost,
                minFreeBytes,
                cluster);
    }

    /** The largest entry of any group. */
    public int maxEntryBytes() {
        return largest(limits, groupLimits);
    }

    private static int largest(Limits limits, Map<String, Limits> groupLimits) {
        return groupLimits.values().stream().mapToInt(Limits::maxEntryBytes).reduce(limits.maxEntryBytes(), Math::max);
    }

    public Limits limitsOf(String group) {
        return groupLimits.getOrDefault(group, limits);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
