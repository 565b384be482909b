package io.weir.wal.append;

import io.weir.wal.entry.ProducerLimits;
import java.time.Duration;

/**
 * Bounds of an appender.
 *
 * @param entryBytes an entry is closed when it holds so many; a bigger batch travels alone
 * @param entriesInFlight entries submitted and not answered, at most
 * @param queuedBytes batches handed over and not answered, at most
 * @param walMaxBytes what the log may take on disk; appends stop short of it by the reserve
 * @param walReserveBytes kept free of appends, for flush markers, trims and snapshots
 * @param maxTailBatches batches that are not in segments yet, at most; so there are no more entries with some than
 *     that, and those in flight
 * @param positionBytes memory that their positions may take, wherever their bytes are
 * @param openWait how long a batch waits for its stream to be opened
 * @param resolveWait how long the appender tries to learn what became of an entry, and how long a batch waits for a
 *     leader
 */
public record AppendLimits(
        int entryBytes,
        int entriesInFlight,
        long queuedBytes,
        long walMaxBytes,
        long walReserveBytes,
        long maxTailBatches,
        long positionBytes,
        Duration openWait,
        Duration resolveWait,
        ProducerLimits producers) {}
