package io.weir.metadata;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.TableCommand;
import io.weir.metadata.command.TableRules;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Commands about tables as proposals to the metadata group. */
final class ProposedTables implements TableCommands {
    private final ProposedCommands commands;
    private final Supplier<CompletableFuture<TableImage>> current;

    /**
     * Proposes.
     *
     * @param current the image after everything that was committed before it was asked for
     */
    ProposedTables(ProposedCommands commands, Supplier<CompletableFuture<TableImage>> current) {
        this.commands = commands;
        this.current = current;
    }

    @Override
    public CompletableFuture<TableResult<Namespace>> createNamespace(TenantId tenant, Namespace namespace) {
        return propose(new TableCommand.CreateNamespace(tenant, namespace));
    }

    @Override
    public CompletableFuture<TableResult<Namespace>> alterNamespace(
            TenantId tenant, List<String> levels, Map<String, @Nullable String> changes) {
        return propose(new TableCommand.AlterNamespace(tenant, levels, new TreeMap<>(changes)));
    }

    @Override
    public CompletableFuture<TableResult<List<String>>> dropNamespace(TenantId tenant, List<String> levels) {
        return propose(new TableCommand.DropNamespace(tenant, levels));
    }

    @Override
    public CompletableFuture<TableResult<List<TablePointer>>> commit(
            TenantId tenant, List<TableChange> changes, @Nullable FeedAdvance advance) {
        return propose(new TableCommand.Commit(tenant, changes, advance));
    }

    @Override
    public CompletableFuture<TableResult<TablePointer>> rename(TenantId tenant, TableName from, TableName to) {
        return propose(new TableCommand.RenameTable(tenant, from, to));
    }

    @Override
    public CompletableFuture<TableResult<TablePointer>> drop(
            TenantId tenant, TableName name, UUID table, boolean purge) {
        return propose(new TableCommand.DropTable(tenant, name, table, purge));
    }

    @Override
    public CompletableFuture<TableResult<UUID>> forgetDropped(UUID table) {
        return propose(new TableCommand.ForgetDropped(table));
    }

    @Override
    public CompletableFuture<TableResult<Epoch>> acquireFeed(TopicId topic, NodeId owner) {
        return propose(new TableCommand.AcquireFeed(topic, owner));
    }

    @Override
    public CompletableFuture<Optional<TablePointer>> confirmed(TenantId tenant, TableName name) {
        return current.get().thenApply(tables -> tables.table(tenant, name));
    }

    /** Illegal commands are not proposed: see {@link ProposedCommands}. */
    private <T> CompletableFuture<TableResult<T>> propose(TableCommand command) {
        var violation = TableRules.violated(command);
        if (violation.isPresent()) {
            return CompletableFuture.completedFuture(new TableResult.Rejected<>(
                    violation.get().reason(), violation.get().message()));
        }
        CompletableFuture<MetadataResult<TableResult<T>>> proposed =
                commands.propose(new MetadataCommand.Tables(command));
        return proposed.thenApply(result -> switch (result) {
            case MetadataResult.Accepted<TableResult<T>>(TableResult<T> decided) -> decided;
            case MetadataResult.Rejected<TableResult<T>> rejected ->
                throw new IllegalStateException("A command about tables was refused as " + rejected);
        });
    }
}
