package io.weir.objecttier.backup;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The backups in an object store.
 *
 * <p>Threading: any thread; waits for the store.
 */
public final class BackupStore {
    /** The largest state that is backed up: it passes through memory, once here and once at a restore. */
    static final long MAX_BYTES = 1L << 30;

    private static final int LIST_AT_ONCE = 1000;

    private final ObjectStore store;

    public BackupStore(ObjectStore store) {
        this.store = store;
    }

    /**
     * A backup that was read.
     *
     * @param takenAtMs when it was begun, by the clock of the process that made it
     */
    public record Read(Backup backup, long takenAtMs, ByteBuffer state) {
        /** The state's bytes from the first on. */
        public InputStream stream() {
            ByteBuffer bytes = state.duplicate();
            return bytes.hasArray()
                    ? new ByteArrayInputStream(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining())
                    : new ByteArrayInputStream(copy(bytes));
        }

        private static byte[] copy(ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        }
    }

    /** Stores a backup; one of the same position that is there already is as good. */
    void put(Backup backup, long takenAtMs, List<ByteBuffer> state) {
        var _ = store.create(backup.key(), BackupFormat.encode(backup, takenAtMs, state))
                .join();
    }

    /** The group's backups, newest first. */
    public List<Backup> of(String group) {
        List<Backup> found = new ArrayList<>();
        @Nullable ObjectKey after = null;
        List<ListedObject> page;
        do {
            page = store.list(Backup.prefix(group), after, LIST_AT_ONCE).join();
            for (ListedObject listed : page) {
                Backup.parse(listed.key()).ifPresent(found::add);
                after = listed.key();
            }
        } while (page.size() == LIST_AT_ONCE);
        Collections.reverse(found);
        return found;
    }

    /**
     * Reads a backup.
     *
     * @throws io.weir.contracts.failure.ServiceException through a {@code CompletionException} or itself:
     *     {@code CORRUPT} when it is damaged, {@code OBJECT_MISSING} when it is gone
     */
    public Read read(Backup backup) {
        long size = store.size(backup.key()).join().orElse(0L);
        if (size > MAX_BYTES + BackupFormat.MOST_FRAME_BYTES) {
            throw BackupFormat.corrupt(backup, "it has " + size + " bytes, more than any backup");
        }
        BackupFormat.Contents contents = BackupFormat.decode(
                backup, store.read(backup.key(), 0, Math.toIntExact(size)).join());
        return new Read(backup, contents.takenAtMs(), contents.state());
    }

    /** Deletes all but the newest. */
    void keepNewest(String group, int kept) {
        List<Backup> all = of(group);
        if (all.size() > kept) {
            store.delete(all.subList(kept, all.size()).stream().map(Backup::key).toList())
                    .join();
        }
    }
}
