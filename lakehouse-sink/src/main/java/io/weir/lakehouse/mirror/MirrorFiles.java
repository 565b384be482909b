package io.weir.lakehouse.mirror;

import io.weir.contracts.failure.ServiceException;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.inmemory.InMemoryInputFile;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.util.Tasks;
import org.jspecify.annotations.Nullable;

/**
 * The table store as the other catalog sees it: metadata files can be read, nothing can be written or deleted. When
 * Iceberg writes a table's next metadata, what it gets to point at is the file that holds them already.
 *
 * <p>Iceberg makes it by reflection, on the thread that opens the catalog and has {@link #OPENING} bound.
 *
 * <p>Threading: one thread at a time.
 */
public final class MirrorFiles implements FileIO {
    private static final long serialVersionUID = 1L;

    /** The store of the catalog that is being opened. */
    static final ScopedValue<WarehouseFiles> OPENING = ScopedValue.newInstance();

    private final transient WarehouseFiles files;
    private transient @Nullable String next;

    /** For Iceberg. */
    public MirrorFiles() {
        this.files = OPENING.get();
    }

    /** A file of somebody else's table. */
    static final class ElsewhereException extends NotFoundException {
        private static final long serialVersionUID = 1L;

        ElsewhereException(String location) {
            super("The file at %s is not in the table store", location);
        }
    }

    /** What is written next is in this file. */
    void point(String location) {
        next = location;
    }

    /**
     * Reads the file at once: Iceberg repeats for minutes what fails later.
     *
     * @throws NotFoundException when it is not there
     */
    @Override
    public InputFile newInputFile(String location) {
        if (files.warehouse().keyIfLegal(location).isEmpty()) {
            throw new ElsewhereException(location);
        }
        try (InputStream in = files.newInputFile(location).newStream()) {
            byte[] bytes = in.readNBytes(MetadataFiles.MAX_BYTES + 1);
            if (bytes.length > MetadataFiles.MAX_BYTES) {
                throw new Tasks.UnrecoverableException(
                        "The file at " + location + " has more than " + MetadataFiles.MAX_BYTES + " bytes");
            }
            return new InMemoryInputFile(location, bytes);
        } catch (IOException | ServiceException unread) {
            throw new Tasks.UnrecoverableException("The file at " + location + " cannot be read", unread);
        }
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return new Written(Objects.requireNonNull(next, "Nothing was to be written at " + location));
    }

    /** Files are deleted by the catalog that wrote them. */
    @Override
    public void deleteFile(String location) {}

    /** The store stays open: it belongs to somebody else. */
    @Override
    public void close() {}

    @Override
    public Map<String, String> properties() {
        return Map.of();
    }

    /** As {@link WarehouseFiles}: never sent to another machine. */
    private Object writeReplace() throws NotSerializableException {
        throw new NotSerializableException(MirrorFiles.class.getName());
    }

    /** A file that is there already: what is written to it is what it has. */
    private record Written(String location) implements OutputFile {
        @Override
        public PositionOutputStream create() {
            return new Nowhere();
        }

        @Override
        public PositionOutputStream createOrOverwrite() {
            return new Nowhere();
        }

        @Override
        public InputFile toInputFile() {
            throw new UnsupportedOperationException("The file at " + location + " is not read while it is written");
        }
    }

    private static final class Nowhere extends PositionOutputStream {
        private long position;

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int value) {
            position++;
        }

        @Override
        public void write(byte[] source, int offset, int length) {
            position += length;
        }
    }
}
