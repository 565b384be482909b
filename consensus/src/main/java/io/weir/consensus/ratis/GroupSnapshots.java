package io.weir.consensus.ratis;

import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots that a peer takes of its state in a group.
 *
 * <p>Threading: any thread; each is written, and published, by a thread of its own that ends with its work.
 */
final class GroupSnapshots {
    private final String name;
    private final GroupFiles files;
    private final Supplier<@Nullable RunningGroup> running;
    private final Runnable afterwards;
    private final Executor threads;
    private final AtomicBoolean preparing = new AtomicBoolean();
    private volatile LogPosition published = LogPosition.NONE;

    /**
     * Of one group.
     *
     * @param running the part that runs now, none of a closed group
     * @param afterwards what is done after each publication, by its thread
     * @param threads does each on a thread of its own, and throws where none can be made
     */
    GroupSnapshots(
            String name,
            GroupFiles files,
            Supplier<@Nullable RunningGroup> running,
            Runnable afterwards,
            Executor threads) {
        this.name = name;
        this.files = files;
        this.running = running;
        this.afterwards = afterwards;
        this.threads = threads;
    }

    /** The latest one. */
    LogPosition published() {
        return published;
    }

    /** A published one; one of the leader's, which is newer, may have come before. */
    synchronized void found(LogPosition position) {
        if (position.compareTo(published) > 0) {
            published = position;
        }
    }

    CompletableFuture<PreparedSnapshot> prepare() {
        RunningGroup now = running.get();
        if (now == null) {
            return CompletableFuture.failedFuture(notOpen());
        }
        if (!preparing.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.OVERLOADED, "Group " + name + " is preparing a snapshot already"));
        }
        CompletableFuture<PreparedSnapshot> prepared = new CompletableFuture<>();
        // The next one may be prepared before anybody is told of this one: they may want to at once.
        begin(
                () -> {
                    Prepared written = written(now);
                    preparing.set(false);
                    prepared.complete(written);
                },
                e -> {
                    preparing.set(false);
                    prepared.completeExceptionally(
                            new ServiceException(DiskFailure.codeOf(e), "Cannot write a snapshot of group " + name, e));
                });
        return prepared;
    }

    private Prepared written(RunningGroup now) throws IOException {
        GroupMachine.FrozenAt frozen = now.machine().freeze();
        return new Prepared(files.snapshots().write(frozen.view(), frozen.position()));
    }

    /** Writes the state out, for others than the group. */
    CompletableFuture<LogPosition> copy(OutputStream target) {
        RunningGroup now = running.get();
        if (now == null) {
            return CompletableFuture.failedFuture(notOpen());
        }
        CompletableFuture<LogPosition> copied = new CompletableFuture<>();
        begin(
                () -> copied.complete(write(now.machine().freeze(), target)),
                e -> copied.completeExceptionally(new ServiceException(
                        FailureCode.INTERNAL, "Cannot copy the state of group " + name + ": " + e.getMessage(), e)));
        return copied;
    }

    private static LogPosition write(GroupMachine.FrozenAt frozen, OutputStream target) throws IOException {
        try (ReplicatedState.Frozen view = frozen.view()) {
            view.writeTo(target);
            return frozen.position();
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    /** That no thread can be made is a failure of the work like any other: it passes. */
    private void begin(Work work, Consumer<Throwable> failed) {
        try {
            threads.execute(() -> {
                try {
                    work.run();
                } catch (IOException | RuntimeException | Error e) {
                    failed.accept(e);
                }
            });
        } catch (RuntimeException | Error e) {
            failed.accept(e);
        }
    }

    /** Each work of a group's on a thread of its own that ends with it. */
    static Executor threads(String name, String what) {
        return work -> Thread.ofPlatform()
                .daemon()
                .name("consensus-" + name + "-" + what)
                .start(work);
    }

    private ServiceException notOpen() {
        return new ServiceException(FailureCode.SHUTTING_DOWN, "Group " + name + " is not open");
    }

    private final class Prepared implements PreparedSnapshot {
        private final SnapshotStore.Unpublished file;
        private final AtomicBoolean used = new AtomicBoolean();

        private Prepared(SnapshotStore.Unpublished file) {
            this.file = file;
        }

        @Override
        public LogPosition position() {
            return file.position();
        }

        @Override
        public CompletableFuture<Void> publish() {
            if (!used.compareAndSet(false, true)) {
                throw new IllegalStateException("Snapshot at " + position() + " was published or discarded");
            }
            CompletableFuture<Void> done = new CompletableFuture<>();
            begin(
                    () -> {
                        publishNow().join();
                        done.complete(null);
                        // Waits while too much is in flight, which the thread that purges must not.
                        afterwards.run();
                    },
                    e -> {
                        discardAfter(e);
                        done.completeExceptionally(new ServiceException(
                                DiskFailure.codeOf(e),
                                "Cannot publish the snapshot of group " + name + " at " + position(),
                                e));
                    });
            return done;
        }

        /** Each attempt has a name of its own: what stayed would fill the disk, which may be why it failed. */
        private void discardAfter(Throwable failed) {
            try {
                files.snapshots().discard(file);
            } catch (IOException stays) {
                failed.addSuppressed(stays);
            }
        }

        private CompletableFuture<Void> publishNow() throws IOException {
            RunningGroup now = running.get();
            if (now == null) {
                throw notOpen();
            }
            if (position().compareTo(published) <= 0) {
                files.snapshots().discard(file);
                return CompletableFuture.completedFuture(null);
            }
            LogEntryProto configuration = now.machine().configuration();
            if (configuration != null) {
                files.keepConfiguration(configuration);
            }
            files.syncMetadata();
            now.machine().publishNext(files.snapshots().publish(file));
            return now.purge().thenRun(() -> {
                found(position());
                files.size().purging();
            });
        }

        @Override
        public void discard() {
            if (used.compareAndSet(false, true)) {
                try {
                    files.snapshots().discard(file);
                } catch (IOException e) {
                    throw new ServiceException(FailureCode.INTERNAL, "Cannot delete " + file.path(), e);
                }
            }
        }
    }
}
