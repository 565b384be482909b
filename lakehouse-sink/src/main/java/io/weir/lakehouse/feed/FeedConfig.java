package io.weir.lakehouse.feed;

import java.time.Duration;

/**
 * Bounds of the feed.
 *
 * @param workers threads that read and write; few, so that producers are not starved
 * @param memoryBytes for all files that are being written; a topic waits its turn for what it needs
 * @param rowGroupBytes of one Parquet row group, which is what an open file holds in memory
 * @param fileBytes a data file is ended when it is larger
 * @param commitBytes a commit is due when it has read this much, before its interval is over
 * @param readBytes taken from one partition at a time
 * @param sliceBytes taken from one topic before others have their turn
 * @param openFiles most files of one topic that are open at once
 * @param commitFiles most files of one commit
 * @param scan how often an idle topic is looked at
 * @param timeout for one answer of a port
 */
public record FeedConfig(
        int workers,
        long memoryBytes,
        int rowGroupBytes,
        long fileBytes,
        long commitBytes,
        int readBytes,
        long sliceBytes,
        int openFiles,
        int commitFiles,
        Duration scan,
        Duration timeout) {
    /** What an open file takes beyond its row group: its compressed pages, and what is staged of it. */
    private static final int FILE_OVERHEAD_BYTES = 8 << 20;

    private static final int LEAST_ROW_GROUP = 64 << 10;
    private static final int STANDARD_ROW_GROUP = 16 << 20;
    private static final int HEAP_SHARE = 6;
    private static final long MOST_MEMORY = 384L << 20;

    public FeedConfig {
        require(workers >= 1, "workers", workers);
        require(rowGroupBytes >= LEAST_ROW_GROUP, "row group", rowGroupBytes);
        require(readBytes >= 1 && sliceBytes >= readBytes, "slice", sliceBytes);
        require(commitBytes >= 1 && fileBytes >= 1, "commit", commitBytes);
        require(openFiles >= 1 && commitFiles >= openFiles, "files of a commit", commitFiles);
        require(memoryBytes >= (long) rowGroupBytes + FILE_OVERHEAD_BYTES, "memory", memoryBytes);
    }

    private static void require(boolean met, String what, long value) {
        if (!met) {
            throw new IllegalArgumentException("Illegal " + what + " " + value);
        }
    }

    /** 2 workers, row groups of 16 MiB, and a sixth of the heap, but room for two files at least. */
    public static FeedConfig standard(long heapBytes) {
        return new FeedConfig(
                2,
                Math.clamp(heapBytes / HEAP_SHARE, 2L * (STANDARD_ROW_GROUP + FILE_OVERHEAD_BYTES), MOST_MEMORY),
                STANDARD_ROW_GROUP,
                256L << 20,
                256L << 20,
                1 << 20,
                4L << 20,
                6,
                64,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30));
    }

    /** The memory that one open file is counted with. */
    long openFileBytes() {
        return (long) rowGroupBytes + FILE_OVERHEAD_BYTES;
    }
}
