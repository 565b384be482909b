package io.weir.lakehouse.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
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
    private final FileIO files;
    private final TableMetadata base;
    private TableMetadata current;
    private @Nullable String written;

    /**
     * A table that is to be changed, or created.
     *
     * @param base without a file of its own when it is to be created
     */
    StagedTable(FileIO files, TableMetadata base) {
        this.files = files;
        this.base = base;
        this.current = base;
    }

    @Override
    public TableMetadata current() {
        return current;
    }

    /** What it began with. */
    TableMetadata base() {
        return base;
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
        return files;
    }

    @Override
    public String metadataFileLocation(String fileName) {
        return current.location() + "/metadata/" + fileName;
    }

    @Override
    public LocationProvider locationProvider() {
        return LocationProviders.locationsFor(current.location(), current.properties());
    }

    /** Writes the metadata as a file, and returns it as it is read from there. */
    TableMetadata write(UUID name) {
        String location = metadataFileLocation(
                String.format(Locale.ROOT, "%05d-%s.metadata.json", base.lastSequenceNumber() + 1, name));
        written = location;
        TableMetadataParser.write(current, files.newOutputFile(location));
        return TableMetadata.buildFrom(current)
                .discardChanges()
                .withMetadataLocation(location)
                .build();
    }

    /** The files that only the draft refers to: its own, the manifests, and their list. */
    List<String> newFiles() {
        List<String> locations = new ArrayList<>();
        if (written != null) {
            locations.add(written);
        }
        Snapshot snapshot = current.currentSnapshot();
        if (snapshot == null || Objects.equals(snapshot, base.currentSnapshot())) {
            return locations;
        }
        for (ManifestFile manifest : snapshot.allManifests(files)) {
            if (Objects.equals(manifest.snapshotId(), snapshot.snapshotId())) {
                locations.add(manifest.path());
            }
        }
        locations.add(snapshot.manifestListLocation());
        return locations;
    }
}
