package io.weir.consensus.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Bytes of a group's log files: counted as entries are written, measured again after a purge.
 *
 * <p>Threading: any thread.
 */
public final class LogSize {
    private final Path directory;
    private long closed;
    private long open;
    private boolean stale;

    public LogSize(Path directory, long bytes) {
        this.directory = directory;
        this.closed = bytes;
    }

    public synchronized void appended(long bytes) {
        open += bytes;
    }

    public synchronized void newSegment() {
        closed += open;
        open = 0;
    }

    /** Files are being deleted. */
    public synchronized void purging() {
        stale = true;
    }

    /** Bytes now; an entry in flight may be counted or not. */
    public synchronized long bytes(long purgedUpTo) {
        if (stale) {
            measure(purgedUpTo);
        }
        return closed + open;
    }

    private void measure(long purgedUpTo) {
        long measured = 0;
        boolean purged = true;
        try {
            for (SegmentFile segment : SegmentFile.list(directory)) {
                if (segment.isOpen()) {
                    continue;
                }
                purged &= segment.last() > purgedUpTo;
                try {
                    measured += Files.size(segment.path());
                } catch (NoSuchFileException deleted) {
                    purged = false;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory, e);
        }
        closed = measured;
        stale = !purged;
    }
}
