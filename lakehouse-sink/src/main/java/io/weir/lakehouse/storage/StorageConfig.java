package io.weir.lakehouse.storage;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How files are staged and read.
 *
 * @param stagingDirectory where a file that outgrows memory is kept until it is created; it needs room for as many as
 *     are written at once
 * @param memoryPerFile bytes of a file being written that are held in memory; more of them go to the disk
 * @param readAhead most bytes that a reader fetches beyond what was asked for
 * @param timeout how long one operation of the store may take; it retries by itself meanwhile
 */
public record StorageConfig(Path stagingDirectory, int memoryPerFile, int readAhead, Duration timeout) {
    private static final int LEAST_MEMORY = 64 << 10;
    private static final int MOST_MEMORY = 256 << 20;

    public StorageConfig {
        if (memoryPerFile < LEAST_MEMORY || memoryPerFile > MOST_MEMORY) {
            throw new IllegalArgumentException(
                    "Illegal memory per file " + memoryPerFile + ": " + LEAST_MEMORY + " to " + MOST_MEMORY + " bytes");
        }
        if (readAhead < 1 || readAhead > MOST_MEMORY) {
            throw new IllegalArgumentException("Illegal read-ahead " + readAhead + ": 1 to " + MOST_MEMORY + " bytes");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("Illegal timeout " + timeout);
        }
    }

    /** 4 MiB in memory per file, 1 MiB of read-ahead. */
    public static StorageConfig stagingIn(Path directory) {
        return new StorageConfig(directory, 4 << 20, 1 << 20, Duration.ofMinutes(3));
    }
}
