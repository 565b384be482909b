package io.weir.lakehouse.catalog;

import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;

/**
 * One table's metadata, read and replaced through its pointer.
 *
 * <p>Threading: one thread at a time, that may block.
 */
final class PointerOperations extends BaseMetastoreTableOperations {
    private final CatalogPorts ports;
    private final TableName name;
    private @Nullable UUID known;

    PointerOperations(CatalogPorts ports, TableName name) {
        this.ports = ports;
        this.name = name;
    }

    /**
     * A table's next metadata, in its file, and the move of the pointer that makes it the present one.
     *
     * @param base null for a new table
     */
    record Written(@Nullable TableMetadata base, TableMetadata metadata, TableChange change) {}

    @Override
    protected String tableName() {
        return name.toString();
    }

    @Override
    public FileIO io() {
        return ports.metadata().files();
    }

    @Override
    public LocationProvider locationProvider() {
        return MetadataFiles.locationProvider(current());
    }

    @Override
    protected void doRefresh() {
        Optional<TablePointer> pointer = ports.image().get().table(ports.tenant(), name);
        UUID present = pointer.map(TablePointer::table).orElse(null);
        if (known != null && !known.equals(present)) {
            throw new NoSuchTableException("Table %s is not there any more", name);
        }
        if (pointer.isPresent()) {
            refreshFromMetadataLocation(pointer.get().metadataLocation(), null, 0, ports.metadata()::read);
            known = present;
        }
        disableRefresh();
    }

    @Override
    protected void doCommit(@Nullable TableMetadata base, TableMetadata metadata) {
        Written written = write(base, metadata);
        try {
            new PointerMoves(ports).commit(List.of(written.change()));
        } catch (RuntimeException failed) {
            discardIfCertain(List.of(written), failed);
            throw failed;
        }
        known = id(metadata);
    }

    /** Writes the next metadata; the pointer stays. Metadata that has a file already keeps it. */
    Written write(@Nullable TableMetadata base, TableMetadata metadata) {
        new Locations(ports.metadata().files().warehouse(), ports.tenant())
                .check(base, metadata, ports.image().get());
        if (base == null) {
            Names.requireOwn(name);
        }
        TableMetadata written = base == null && metadata.metadataFileLocation() != null
                ? metadata
                : ports.metadata().write(metadata, currentVersion() + 1);
        UUID id = id(metadata);
        TableChange change = base == null
                ? new TableChange.Create(name, id, metadata.location(), written.metadataFileLocation(), null)
                : new TableChange.Replace(name, id, base.metadataFileLocation(), written.metadataFileLocation());
        return new Written(base, written, change);
    }

    private static UUID id(TableMetadata metadata) {
        String id = metadata.uuid();
        if (id == null) {
            throw new BadRequestException("The table at %s has no UUID", metadata.location());
        }
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException illegal) {
            throw new BadRequestException("The UUID '%s' is none", id);
        }
    }

    /** After a failure of the commit: takes back what was written, if it was for nothing. */
    void discardIfCertain(List<Written> all, RuntimeException failed) {
        if (!PointerMoves.certain(failed)) {
            return;
        }
        for (Written written : all) {
            ports.metadata().discard(written.metadata());
        }
    }

    /** After the commit. */
    void deleteOldMetadata(Written written) {
        ports.metadata().deleteRemoved(written.base(), written.metadata());
        requestRefresh();
    }
}
