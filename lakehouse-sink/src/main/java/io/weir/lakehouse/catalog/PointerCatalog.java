package io.weir.lakehouse.catalog;

import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.BaseMetastoreCatalog;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's tables as an Iceberg catalog.
 *
 * <p>Threading: any thread that may block. Failures of the metadata group or the store are
 * {@link io.weir.contracts.failure.ServiceException}s.
 */
public final class PointerCatalog extends BaseMetastoreCatalog implements SupportsNamespaces {
    /**
     * What a new table is given unless its maker says otherwise: metadata that does not grow for ever. So many files of
     * it are kept since the pointer in a backup of the metadata names one that was the newest some minutes ago; they
     * are compressed since each names all snapshots.
     */
    public static final Map<String, String> TABLE_DEFAULTS = Map.of(
            TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true",
            TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "60",
            TableProperties.METADATA_COMPRESSION, "gzip");

    private final CatalogPorts ports;
    private final PointerMoves moves;

    public PointerCatalog(CatalogPorts ports) {
        this.ports = ports;
        this.moves = new PointerMoves(ports);
    }

    @Override
    public String name() {
        return "weir";
    }

    @Override
    protected Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        TABLE_DEFAULTS.forEach((key, value) -> properties.put(CatalogProperties.TABLE_DEFAULT_PREFIX + key, value));
        return properties;
    }

    @Override
    protected boolean isValidIdentifier(TableIdentifier identifier) {
        return Names.table(identifier).isPresent();
    }

    @Override
    protected TableOperations newTableOps(TableIdentifier identifier) {
        return operations(identifier);
    }

    PointerOperations operations(TableIdentifier identifier) {
        return new PointerOperations(ports, legal(identifier));
    }

    CatalogPorts ports() {
        return ports;
    }

    private static TableName legal(TableIdentifier identifier) {
        return Names.table(identifier)
                .orElseThrow(() -> new BadRequestException("'%s' cannot be a table's name", identifier));
    }

    @Override
    public String defaultWarehouseLocation(TableIdentifier identifier) {
        return new Locations(ports.metadata().files().warehouse(), ports.tenant()).fresh(identifier);
    }

    /**
     * Makes a table of complete metadata.
     *
     * @throws org.apache.iceberg.exceptions.AlreadyExistsException when the name is taken
     */
    public TableMetadata create(TableIdentifier identifier, TableMetadata metadata) {
        PointerOperations operations = operations(identifier);
        operations.commit(null, metadata);
        return operations.current();
    }

    /**
     * Takes a table into the catalog whose files are there already.
     *
     * @throws org.apache.iceberg.exceptions.AlreadyExistsException when the name is taken
     */
    @Override
    public Table registerTable(TableIdentifier identifier, String metadataLocation) {
        PointerOperations operations = operations(identifier);
        TableMetadata metadata = ports.metadata().read(metadataLocation);
        if (!metadataLocation.startsWith(metadata.location() + "/")) {
            throw new BadRequestException(
                    "The file at %s is not below the location of its table, %s", metadataLocation, metadata.location());
        }
        operations.commit(null, metadata);
        return new BaseTable(operations, fullTableName(name(), identifier));
    }

    private Optional<TablePointer> pointer(TableIdentifier identifier) {
        return Names.table(identifier).flatMap(name -> ports.image().get().table(ports.tenant(), name));
    }

    /** The table's pointer, confirmed by the metadata group's leader after the call was made. */
    public Optional<TablePointer> confirmed(TableName name) {
        return PointerMoves.await(ports.commands().confirmed(ports.tenant(), name));
    }

    /** Says that a dropped table's files are gone. */
    public void forgetDropped(UUID table) {
        moves.accepted(ports.commands().forgetDropped(table));
    }

    @Override
    public boolean tableExists(TableIdentifier identifier) {
        return pointer(identifier).isPresent();
    }

    @Override
    public List<TableIdentifier> listTables(Namespace namespace) {
        requireNamespace(namespace);
        return ports.image().get().tables(ports.tenant(), Names.levels(namespace)).stream()
                .map(table -> Names.identifier(table.name()))
                .toList();
    }

    /**
     * Takes the table out of the catalog.
     *
     * @param purge whether its files are deleted, later
     */
    @Override
    public boolean dropTable(TableIdentifier identifier, boolean purge) {
        Optional<TablePointer> pointer = pointer(identifier);
        if (pointer.isEmpty()) {
            return false;
        }
        moves.accepted(ports.commands()
                .drop(ports.tenant(), pointer.get().name(), pointer.get().table(), purge));
        return true;
    }

    @Override
    public void renameTable(TableIdentifier from, TableIdentifier to) {
        TableName wanted = legal(to);
        Names.requireOwn(wanted);
        moves.accepted(ports.commands().rename(ports.tenant(), legal(from), wanted));
    }

    @Override
    public void createNamespace(Namespace namespace, Map<String, String> properties) {
        moves.accepted(ports.commands().createNamespace(ports.tenant(), namespace(namespace, properties)));
    }

    private static io.weir.contracts.table.Namespace namespace(Namespace namespace, Map<String, String> properties) {
        try {
            return new io.weir.contracts.table.Namespace(Names.levels(namespace), properties);
        } catch (IllegalArgumentException illegal) {
            throw new BadRequestException("%s", illegal.getMessage());
        }
    }

    @Override
    public List<Namespace> listNamespaces(Namespace parent) {
        if (!parent.isEmpty()) {
            requireNamespace(parent);
        }
        List<String> above = Names.levels(parent);
        return ports.image().get().namespaces(ports.tenant()).stream()
                .map(io.weir.contracts.table.Namespace::levels)
                .filter(levels -> levels.size() == above.size() + 1
                        && levels.subList(0, above.size()).equals(above))
                .map(Names::namespace)
                .toList();
    }

    @Override
    public Map<String, String> loadNamespaceMetadata(Namespace namespace) {
        // Iceberg's handlers ask it whether there is a null in it, which the JDK's immutable maps refuse to say.
        return new HashMap<>(requireNamespace(namespace).properties());
    }

    private io.weir.contracts.table.Namespace requireNamespace(Namespace namespace) {
        Optional<io.weir.contracts.table.Namespace> found = namespace.isEmpty()
                ? Optional.empty()
                : ports.image().get().namespace(ports.tenant(), Names.levels(namespace));
        return found.orElseThrow(() -> new NoSuchNamespaceException("Namespace does not exist: %s", namespace));
    }

    /** @throws NamespaceNotEmptyException when there is something in it */
    @Override
    public boolean dropNamespace(Namespace namespace) {
        try {
            requireNamespace(namespace);
            moves.accepted(ports.commands().dropNamespace(ports.tenant(), Names.levels(namespace)));
            return true;
        } catch (NoSuchNamespaceException gone) {
            return false;
        }
    }

    @Override
    public boolean setProperties(Namespace namespace, Map<String, String> properties) {
        return alter(namespace, new HashMap<>(properties));
    }

    @Override
    public boolean removeProperties(Namespace namespace, Set<String> properties) {
        Map<String, @Nullable String> changes = new HashMap<>();
        properties.forEach(property -> changes.put(property, null));
        return alter(namespace, changes);
    }

    private boolean alter(Namespace namespace, Map<String, @Nullable String> changes) {
        requireNamespace(namespace);
        moves.accepted(ports.commands().alterNamespace(ports.tenant(), Names.levels(namespace), changes));
        return true;
    }

    @Override
    public void close() {}
}
