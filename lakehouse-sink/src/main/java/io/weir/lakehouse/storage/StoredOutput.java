package io.weir.lakehouse.storage;

import io.weir.contracts.object.ObjectKey;
import java.util.Optional;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;

/** A file of the warehouse that can be created. Threading: any thread; each stream is one thread's. */
record StoredOutput(StoreCalls store, String location, ObjectKey key, StorageConfig config) implements OutputFile {
    @Override
    public PositionOutputStream create() {
        return new StagedStream(store, key, config);
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
        return create();
    }

    @Override
    public InputFile toInputFile() {
        return new StoredInput(store, location, key, Optional.empty(), config.readAhead());
    }
}
