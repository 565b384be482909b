package io.weir.wal;

import io.weir.wal.append.AppendLimits;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.flush.FlushPolicy;
import io.weir.wal.state.TailEntry;
import java.time.Duration;

/**
 * Settings of the write-ahead log.
 *
 * @param shards how many there are; can't shrink, since streams live on them
 * @param flushBytes a shard's tail is flushed when so many bytes wait
 * @param flushInterval, when at least half of {@code flushBytes} has waited for so long
 * @param leftoverInterval, when anything has waited for so long
 * @param walMaxBytes what the log of one shard may take on disk; appends are refused beyond
 * @param tailBytes memory for one shard's tail, flushed batches that are kept as a cache included
 * @param positionBytes memory for where the batches of one shard are that are not in segments yet, wherever their bytes
 *     are; appends are refused beyond
 * @param maxQueuedBytes batches of one shard that were handed over and not answered
 * @param entryBytes the size that an entry is filled up to; a bigger batch travels alone
 * @param entriesInFlight entries of one shard that were submitted and not answered
 * @param snapshotBytes log applied from one snapshot of a shard to the next
 * @param openWait how long a batch waits for its stream to be opened
 * @param resolveWait how long the fate of an entry is looked for before its batches are answered with Unknown, and how
 *     long a batch waits for a leader
 * @param producers bounds of the state kept about idempotent producers
 */
public record WalConfig(
        int shards,
        long flushBytes,
        Duration flushInterval,
        Duration leftoverInterval,
        long walMaxBytes,
        long tailBytes,
        long positionBytes,
        long maxQueuedBytes,
        int entryBytes,
        int entriesInFlight,
        long snapshotBytes,
        Duration openWait,
        Duration resolveWait,
        ProducerLimits producers) {
    /** Below this not even one large batch, its flush and a snapshot would fit. */
    public static final long MIN_WAL_BYTES = 64L << 20;

    private static final int MAX_SHARDS = 16;
    /** The shard remembers the replies to as many entries. */
    private static final int MAX_ENTRIES_IN_FLIGHT = 16;

    private static final long FLUSH_BATCHES = 200_000;
    /** Well below what a list of a snapshot may hold: each entry with some of them is an element of one. */
    private static final long MAX_TAIL_BATCHES = 4_000_000;

    public WalConfig {
        check(shards >= 1 && shards <= MAX_SHARDS, "wal-shards must be 1 to 16, not " + shards);
        check(flushBytes >= 1 << 10, "flush-bytes must be at least 1 KiB, not " + flushBytes);
        check(!flushInterval.isNegative(), "flush-interval must not be negative: " + flushInterval);
        check(
                leftoverInterval.compareTo(flushInterval) >= 0,
                "The leftover interval " + leftoverInterval + " must not be below flush-interval " + flushInterval);
        check(walMaxBytes >= MIN_WAL_BYTES, "wal-max-bytes must be at least 64 MiB, not " + walMaxBytes);
        check(tailBytes >= 1 << 10, "The tail needs at least 1 KiB of memory, not " + tailBytes);
        check(positionBytes >= 1 << 10, "Positions need at least 1 KiB of memory, not " + positionBytes);
        check(maxQueuedBytes >= 16 << 20, "At least 16 MiB must be allowed to queue, not " + maxQueuedBytes);
        check(entryBytes >= 1 && entryBytes <= 16 << 20, "Entries may hold 1 byte to 16 MiB, not " + entryBytes);
        check(
                entriesInFlight >= 1 && entriesInFlight <= MAX_ENTRIES_IN_FLIGHT,
                "Entries in flight must be 1 to 16, not " + entriesInFlight);
        check(snapshotBytes >= 1 << 10, "Snapshots must be at least 1 KiB of log apart, not " + snapshotBytes);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    public static WalConfig standard() {
        return new WalConfig(
                1,
                64L << 20,
                Duration.ofSeconds(10),
                Duration.ofMinutes(3),
                4L << 30,
                256L << 20,
                256L << 20,
                64L << 20,
                1 << 20,
                4,
                256L << 20,
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                ProducerLimits.standard());
    }

    public WalConfig withShards(int count) {
        return new WalConfig(
                count,
                flushBytes,
                flushInterval,
                leftoverInterval,
                walMaxBytes,
                tailBytes,
                positionBytes,
                maxQueuedBytes,
                entryBytes,
                entriesInFlight,
                snapshotBytes,
                openWait,
                resolveWait,
                producers);
    }

    public WalConfig withFlush(long bytes, Duration interval, Duration leftovers) {
        return new WalConfig(
                shards,
                bytes,
                interval,
                leftovers,
                walMaxBytes,
                tailBytes,
                positionBytes,
                maxQueuedBytes,
                entryBytes,
                entriesInFlight,
                snapshotBytes,
                openWait,
                resolveWait,
                producers);
    }

    public WalConfig withDisk(long maxBytes, long bytesBetweenSnapshots) {
        return new WalConfig(
                shards,
                flushBytes,
                flushInterval,
                leftoverInterval,
                maxBytes,
                tailBytes,
                positionBytes,
                maxQueuedBytes,
                entryBytes,
                entriesInFlight,
                bytesBetweenSnapshots,
                openWait,
                resolveWait,
                producers);
    }

    public WalConfig withMemory(long tail, long queued) {
        return new WalConfig(
                shards,
                flushBytes,
                flushInterval,
                leftoverInterval,
                walMaxBytes,
                tail,
                positionBytes,
                queued,
                entryBytes,
                entriesInFlight,
                snapshotBytes,
                openWait,
                resolveWait,
                producers);
    }

    /** @param forPositions memory of each shard's */
    public WalConfig withPositions(long forPositions) {
        return new WalConfig(
                shards,
                flushBytes,
                flushInterval,
                leftoverInterval,
                walMaxBytes,
                tailBytes,
                forPositions,
                maxQueuedBytes,
                entryBytes,
                entriesInFlight,
                snapshotBytes,
                openWait,
                resolveWait,
                producers);
    }

    public WalConfig withWaits(Duration forOpening, Duration forLeader) {
        return new WalConfig(
                shards,
                flushBytes,
                flushInterval,
                leftoverInterval,
                walMaxBytes,
                tailBytes,
                positionBytes,
                maxQueuedBytes,
                entryBytes,
                entriesInFlight,
                snapshotBytes,
                forOpening,
                forLeader,
                producers);
    }

    /** With a small disk, or heap, the tail is flushed, and snapshots are taken, more often, so that all fit it. */
    FlushPolicy flushPolicy() {
        long halfOfThePositions = Math.max(1, positionBytes / 2 / TailEntry.positionBytes(1, 1));
        return new FlushPolicy(
                Math.min(flushBytes, walMaxBytes / 8),
                Math.min(FLUSH_BATCHES, halfOfThePositions),
                flushInterval,
                leftoverInterval);
    }

    long effectiveSnapshotBytes() {
        return Math.min(snapshotBytes, walMaxBytes / 8);
    }

    AppendLimits appendLimits() {
        return new AppendLimits(
                entryBytes,
                entriesInFlight,
                maxQueuedBytes,
                walMaxBytes,
                Math.max(4L << 20, walMaxBytes / 64),
                MAX_TAIL_BATCHES,
                positionBytes,
                openWait,
                resolveWait,
                producers);
    }
}
