package io.weir.contracts.table;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Tables at one version of the metadata.
 *
 * <p>Threading: immutable.
 */
public interface TableImage {
    Optional<Namespace> namespace(TenantId tenant, List<String> levels);

    /** Every namespace of the tenant, in ascending order. */
    Collection<Namespace> namespaces(TenantId tenant);

    Optional<TablePointer> table(TenantId tenant, TableName name);

    /** The tables right inside a namespace, in ascending order of name. */
    Collection<TablePointer> tables(TenantId tenant, List<String> namespace);

    /** The table that has the topic's watermark (not its dead letters); none before the first {@link FeedAdvance}. */
    Optional<TablePointer> tableOf(TopicId topic);

    /** Tables of every tenant, in no particular order. */
    Collection<TablePointer> tables();

    /** Tables whose files are to be deleted. */
    Collection<DroppedTable> dropped();

    /**
     * A table that is in no catalog any more, but whose files are there.
     *
     * @param location below which everything goes
     */
    record DroppedTable(UUID table, String location) {}
}
