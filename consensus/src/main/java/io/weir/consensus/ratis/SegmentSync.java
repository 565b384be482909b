package io.weir.consensus.ratis;

import io.weir.consensus.log.Durable;
import io.weir.consensus.log.OpenSegment;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the library's log writer leaves out before an fsync: the name of a new file, without which the fsynced bytes are
 * lost with the power. It also lets the new file grow sparsely in one step, so that the library writes no filler.
 *
 * <p>One write and fsync never spans two files: the library flushes before it changes files. So the first entry of the
 * unsynced ones is also the first of its file whenever the file is new.
 *
 * <p>Threading: the group's log writer thread; {@link #replaced} from any.
 */
final class SegmentSync {
    private final Path directory;
    private final int segmentBytes;
    private final Runnable onNewSegment;
    private long next = -1;
    private volatile boolean replaced;

    SegmentSync(Path directory, int segmentBytes, Runnable onNewSegment) {
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.onNewSegment = onNewSegment;
    }

    /**
     * Files are, or will be, deleted and replaced: whether the next ones are new cannot be told from their index. The
     * directory is fsynced with each of them until the log goes on in order.
     */
    void replaced() {
        replaced = true;
    }

    /** Entries up to this index were written, and are about to be fsynced. */
    void beforeFsync(long lastWritten) throws IOException {
        boolean isNew = next >= 0 && OpenSegment.growNew(directory, next, segmentBytes);
        if (isNew || replaced || next < 0 || lastWritten < next) {
            Durable.syncDirectory(directory);
        }
        if (isNew) {
            replaced = false;
            onNewSegment.run();
        }
        next = lastWritten + 1;
    }
}
