package io.weir.consensus.ratis.follow;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A replica of a group in this process, as those see it who follow it.
 *
 * <p>Threading: any thread; nothing but {@link Reading} waits for the disk.
 */
public interface ReplicaSide {
    /** Whether it runs; one that does not is followed no further. */
    boolean isRunning();

    /** Everything up to here can be told. */
    long applied();

    /** Cheap: news are worth telling when it is another object. */
    Leadership leadership();

    News news();

    /** The latest published snapshot, if there is one. */
    Optional<SnapshotFile> snapshot();

    /** Begins to read, for one reader that goes forward. */
    Reading reading();

    /**
     * Has somebody called after each applied entry, after news and at the end, on a thread that must not be blocked.
     *
     * @return ends it
     */
    Runnable whenever(Runnable something);

    /** A finished file, never changed; a newer one may take its place. */
    record SnapshotFile(LogPosition position, Path path, ByteBuffer checksum) {}

    /** Threading: one thread at a time. */
    interface Reading extends AutoCloseable {
        /** An applied entry; empty when it was purged, or a snapshot has replaced it. */
        Optional<LogEntry> at(long index);

        @Override
        void close();
    }
}
