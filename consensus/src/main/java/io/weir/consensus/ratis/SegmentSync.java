package io.weir.consensus.ratis;

import io.weir.consensus.log.Durable;
import io.weir.consensus.log.OpenSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the library's log writer leaves out before the first fsync of a new file: the name of that file, without which
 * the fsynced bytes are lost with the power, and what was done to the files in front of it. It also lets the new file
 * grow sparsely in one step, so that the library writes no filler.
 *
 * <p>One write and fsync never spans two files: the library flushes before it changes files. So the first entry that is
 * not fsynced is also the first of its file whenever the file is new. Which one that is, the library says: it goes back
 * where a log was truncated, and forward over what a snapshot of the leader's covers.
 *
 * <p>Threading: the group's log writer thread.
 */
final class SegmentSync {
    private final Path directory;
    private final int segmentBytes;
    private final Forcing forcing;
    private final Runnable onNewSegment;

    /** Makes a file, or the names in a directory, last. */
    interface Forcing {
        void force(Path path) throws IOException;
    }

    SegmentSync(Path directory, int segmentBytes, Runnable onNewSegment) {
        this(directory, segmentBytes, Durable::syncDirectory, onNewSegment);
    }

    SegmentSync(Path directory, int segmentBytes, Forcing forcing, Runnable onNewSegment) {
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.forcing = forcing;
        this.onNewSegment = onNewSegment;
    }

    /**
     * Entries behind an index were written, and are about to be fsynced.
     *
     * @param fsynced the index of the last entry that is
     */
    void beforeFsync(long fsynced) throws IOException {
        if (!OpenSegment.growNew(directory, fsynced + 1, segmentBytes)) {
            return;
        }
        // It may have been truncated, which the library does not force.
        Optional<Path> inFront = OpenSegment.closedInFront(directory, fsynced + 1);
        if (inFront.isPresent()) {
            forcing.force(inFront.get());
        }
        // A snapshot that took its place has its name beside this directory's.
        Path group = directory.getParent();
        if (group != null) {
            forcing.force(group);
        }
        forcing.force(directory);
        onNewSegment.run();
    }
}
