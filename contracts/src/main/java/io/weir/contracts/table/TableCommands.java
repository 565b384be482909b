package io.weir.contracts.table;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes of tables' pointers. What is there is told by {@link TableImage}.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the metadata group's that must not be
 * blocked, exceptionally with a {@link io.weir.contracts.failure.ServiceException} when the outcome is unknown: the
 * change may have been made, or may still be.
 *
 * <p>Durability: an accepted change is fsynced by a quorum.
 */
public interface TableCommands {
    /** Most tables that one commit may touch. */
    int MAX_CHANGES = 64;

    /** Most tables that one topic may have: its own, and its dead letters. */
    int MAX_TABLES_OF_TOPIC = 2;

    /** Most namespaces, of all tenants together. */
    int MAX_NAMESPACES = 1_000;

    /** Most tables that belong to no topic, of all tenants together. */
    int MAX_USER_TABLES = 10_000;

    /** No table is created while this many are dropped and still have files. */
    int MAX_DROPPED = 100_000;

    /** Refused when it is there, or when the namespace above it is not. */
    CompletableFuture<TableResult<Namespace>> createNamespace(TenantId tenant, Namespace namespace);

    /**
     * Changes a namespace's properties.
     *
     * @param changes new values; null removes a property
     */
    CompletableFuture<TableResult<Namespace>> alterNamespace(
            TenantId tenant, List<String> levels, Map<String, @Nullable String> changes);

    /** Refused while there are tables, or namespaces, below it. */
    CompletableFuture<TableResult<List<String>>> dropNamespace(TenantId tenant, List<String> levels);

    /**
     * Changes all of these tables, or none. An owner that is not the present one is told so, whatever else is wrong.
     *
     * @param changes 1 to {@link #MAX_CHANGES}, each of another table
     * @param advance moves the watermark in the same step
     * @return the pointers as they are then, in the order of the changes
     */
    CompletableFuture<TableResult<List<TablePointer>>> commit(
            TenantId tenant, List<TableChange> changes, @Nullable FeedAdvance advance);

    /** Gives the table another name, which may lie in another namespace; its files and its watermark stay. */
    CompletableFuture<TableResult<TablePointer>> rename(TenantId tenant, TableName from, TableName to);

    /**
     * Takes the table out of the catalog; refused, as {@code CHANGED}, when another one has the name now.
     *
     * @param purge whether its files are to be deleted: it is then among {@link TableImage#dropped}
     */
    CompletableFuture<TableResult<TablePointer>> drop(TenantId tenant, TableName name, UUID table, boolean purge);

    /** Says that a dropped table's files are gone. Unknown ones change nothing. */
    CompletableFuture<TableResult<UUID>> forgetDropped(UUID table);

    /** Makes the node the one that feeds the topic's table, under an epoch greater than all before. */
    CompletableFuture<TableResult<Epoch>> acquireFeed(TopicId topic, NodeId owner);

    /** The table's pointer, confirmed by the group's leader after the call was made. */
    CompletableFuture<Optional<TablePointer>> confirmed(TenantId tenant, TableName name);
}
