package io.weir.lakehouse.storage;

import io.weir.contracts.object.ObjectKey;
import java.util.Optional;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;

/** A file of the warehouse that can be read. Threading: any thread that may block; each stream is one thread's. */
final class StoredInput implements InputFile {
    private final StoreCalls store;
    private final String location;
    private final ObjectKey key;
    private final int readAhead;
    private volatile Optional<Long> length;

    StoredInput(StoreCalls store, String location, ObjectKey key, Optional<Long> length, int readAhead) {
        this.store = store;
        this.location = location;
        this.key = key;
        this.length = length;
        this.readAhead = readAhead;
    }

    @Override
    public long getLength() {
        if (length.isEmpty()) {
            length = store.size(key);
        }
        return length.orElseThrow(() -> new NotFoundException("No file at %s", location));
    }

    @Override
    public SeekableInputStream newStream() {
        return new RangeStream(store, key, getLength(), readAhead);
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public boolean exists() {
        return length.isPresent() || store.size(key).isPresent();
    }

    @Override
    public String toString() {
        return location;
    }
}
