package io.weir.lakehouse.feed;

import io.weir.lakehouse.catalog.MetadataFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;

/**
 * A table's next metadata, in memory until it is written as a file; the pointer to it is moved by somebody else.
 *
 * <p>Threading: one thread at a time.
 */
final class StagedTable implements TableOperations {
    private final MetadataFiles files;
    private final TableMetadata base;
    private TableMetadata current;
    private @Nullable TableMetadata written;

    /**
     * A table that is to be changed, or created.
     *
     * @param base without a file of its own when it is to be created
     */
    StagedTable(MetadataFiles files, TableMetadata base) {
        this(files, base, base);
    }

    private StagedTable(MetadataFiles files, TableMetadata base, TableMetadata current) {
        this.files = files;
        this.base = base;
        this.current = current;
    }

    /** Another draft of the same table, that goes on from where this one is. */
    StagedTable copy() {
        return new StagedTable(files, base, current);
    }

    @Override
    public TableMetadata current() {
        return current;
    }

    @Override
    public TableMetadata refresh() {
        return current;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // metadata have no equality; the draft is one object
    public void commit(TableMetadata before, TableMetadata after) {
        if (before != current) {
            throw new CommitFailedException("Staged on something that is not the present draft");
        }
        current = after;
    }

    @Override
    public FileIO io() {
        return files.files();
    }

    @Override
    public String metadataFileLocation(String fileName) {
        return current.location() + "/metadata/" + fileName;
    }

    @Override
    public LocationProvider locationProvider() {
        return MetadataFiles.locationProvider(current);
    }

    /** Writes the metadata as a file, and returns it as it is read from there. */
    TableMetadata write() {
        TableMetadata inItsFile =
                files.write(current, (int) Math.min(base.lastSequenceNumber() + 1, Integer.MAX_VALUE));
        written = inItsFile;
        return inItsFile;
    }

    /** After the commit: deletes metadata files that the table no longer lists. */
    void deleteOldMetadata() {
        if (written != null) {
            files.deleteRemoved(base, written);
        }
    }

    /** Deletes what only the draft refers to, and was never committed. */
    void discard() {
        if (written != null) {
            files.discard(written);
        }
        files.files().deleteFiles(newFiles());
    }

    /** The manifests that only the draft refers to, and their list. */
    private List<String> newFiles() {
        List<String> locations = new ArrayList<>();
        Snapshot snapshot = current.currentSnapshot();
        if (snapshot == null || Objects.equals(snapshot, base.currentSnapshot())) {
            return locations;
        }
        for (ManifestFile manifest : snapshot.allManifests(files.files())) {
            if (Objects.equals(manifest.snapshotId(), snapshot.snapshotId())) {
                locations.add(manifest.path());
            }
        }
        locations.add(snapshot.manifestListLocation());
        return locations;
    }
}
