package io.weir.lakehouse.storage;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsBulkOperations;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/**
 * Iceberg's file port over a table store.
 *
 * <p>A file appears whole when its stream is closed, and is never changed: {@code createOrOverwrite} refuses a taken
 * key as {@code create} does, by an {@link org.apache.iceberg.exceptions.AlreadyExistsException} from {@code close}.
 * Iceberg's own files never have the same name twice.
 *
 * <p>Threading: any thread that may block. Ownership: the store belongs to whoever opened it. Durability: a closed file
 * is as durable as {@link ObjectStore#create} says. Failures are {@link io.weir.contracts.failure.ServiceException}s; a
 * location outside the warehouse, or with characters that no key can have, is an {@link IllegalArgumentException}.
 */
public final class WarehouseFiles implements SupportsPrefixOperations, SupportsBulkOperations {
    private static final long serialVersionUID = 1L;
    private static final int PAGE = 1000;

    private final transient Warehouse warehouse;
    private final transient StoreCalls store;
    private final transient StorageConfig config;

    public WarehouseFiles(Warehouse warehouse, ObjectStore store, StorageConfig config) {
        this.warehouse = warehouse;
        this.store = new StoreCalls(store, config.timeout());
        this.config = config;
    }

    public Warehouse warehouse() {
        return warehouse;
    }

    @Override
    public InputFile newInputFile(String location) {
        return new StoredInput(store, location, warehouse.key(location), Optional.empty(), config.readAhead());
    }

    @Override
    public InputFile newInputFile(String location, long length) {
        return new StoredInput(store, location, warehouse.key(location), Optional.of(length), config.readAhead());
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new StoredOutput(store, location, warehouse.key(location), config);
    }

    /** Deletes the file if it is there. */
    @Override
    public void deleteFile(String location) {
        store.delete(List.of(warehouse.key(location)));
    }

    @Override
    public void deleteFiles(Iterable<String> locations) {
        List<ObjectKey> page = new ArrayList<>();
        for (String location : locations) {
            page.add(warehouse.key(location));
            if (page.size() == PAGE) {
                store.delete(page);
                page.clear();
            }
        }
        if (!page.isEmpty()) {
            store.delete(page);
        }
    }

    /**
     * The files below a location, in ascending order, fetched page by page. The time of their creation is not known and
     * given as 0.
     *
     * @param prefix a directory: a slash is added at its end
     */
    @Override
    public Iterable<FileInfo> listPrefix(String prefix) {
        String keyPrefix = directory(prefix);
        return () -> new Files(keyPrefix);
    }

    /** Deletes every file below a location, page by page; what appears meanwhile may stay. */
    @Override
    public void deletePrefix(String prefix) {
        String keyPrefix = directory(prefix);
        @Nullable ObjectKey after = null;
        while (true) {
            List<ObjectKey> page = store.list(keyPrefix, after, PAGE).stream()
                    .map(ListedObject::key)
                    .toList();
            if (page.isEmpty()) {
                return;
            }
            store.delete(page);
            after = page.getLast();
        }
    }

    /** The store stays open: it belongs to somebody else. */
    @Override
    public void close() {}

    @Override
    public Map<String, String> properties() {
        return Map.of();
    }

    private String directory(String location) {
        String prefix = warehouse.keyPrefix(location);
        return prefix.endsWith("/") ? prefix : prefix + "/";
    }

    /**
     * Open connections cannot travel; Iceberg asks for serializable files only where work is sent to other machines.
     */
    private Object writeReplace() throws NotSerializableException {
        throw new NotSerializableException(WarehouseFiles.class.getName());
    }

    private final class Files implements Iterator<FileInfo> {
        private final String keyPrefix;
        private List<ListedObject> page;
        private int next;

        Files(String keyPrefix) {
            this.keyPrefix = keyPrefix;
            this.page = store.list(keyPrefix, null, PAGE);
        }

        @Override
        public boolean hasNext() {
            if (next == page.size() && page.size() == PAGE) {
                page = store.list(keyPrefix, page.getLast().key(), PAGE);
                next = 0;
            }
            return next < page.size();
        }

        @Override
        public FileInfo next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ListedObject object = page.get(next++);
            return new FileInfo(warehouse.location(object.key()), object.sizeBytes(), 0);
        }
    }
}
