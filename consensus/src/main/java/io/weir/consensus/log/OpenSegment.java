package io.weir.consensus.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The log file that is being written to. */
public final class OpenSegment {
    private OpenSegment() {}

    /**
     * Sets the length of the open segment that begins at an index, without writing: the rest reads as zeros, which end
     * a log.
     *
     * @return whether there is such a file
     */
    public static boolean growNew(Path directory, long first, int bytes) throws IOException {
        Path path = SegmentFile.openPath(directory, first);
        if (!Files.exists(path)) {
            return false;
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            if (file.length() < bytes) {
                file.setLength(bytes);
            }
            return true;
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    /** The file that ends with the entry in front of an index; empty if a snapshot or nothing does. */
    public static Optional<Path> closedInFront(Path directory, long first) throws IOException {
        return SegmentFile.list(directory).stream()
                .filter(segment -> !segment.isOpen() && segment.last() == first - 1)
                .map(SegmentFile::path)
                .findFirst();
    }
}
