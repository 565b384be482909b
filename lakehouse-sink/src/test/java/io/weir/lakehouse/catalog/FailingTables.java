package io.weir.lakehouse.catalog;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tables whose commits can be made to fail, or to be preceded by something else. Threading: one thread. */
final class FailingTables implements TableCommands {
    private final TableCommands tables;
    private int failures;
    private int lostAnswers;
    private Runnable beforeCommit = () -> {};
    private Runnable afterLoss = () -> {};
    int commits;

    FailingTables(TableCommands tables) {
        this.tables = tables;
    }

    /** So many commits are not made, and fail. */
    void failCommits(int count) {
        failures = count;
    }

    /** So many commits are made, and fail; then something else happens. */
    void loseAnswers(int count, Runnable then) {
        lostAnswers = count;
        afterLoss = then;
    }

    /** Something else happens before each commit. */
    void beforeCommit(Runnable action) {
        beforeCommit = action;
    }

    @Override
    public CompletableFuture<TableResult<List<TablePointer>>> commit(
            TenantId tenant, List<TableChange> changes, @Nullable FeedAdvance advance) {
        commits++;
        beforeCommit.run();
        ServiceException failure = new ServiceException(FailureCode.TIMED_OUT, "Failed by the test");
        if (failures > 0) {
            failures--;
            return CompletableFuture.failedFuture(failure);
        }
        var result = tables.commit(tenant, changes, advance);
        if (lostAnswers > 0) {
            lostAnswers--;
            afterLoss.run();
            return CompletableFuture.failedFuture(failure);
        }
        return result;
    }

    @Override
    public CompletableFuture<TableResult<Namespace>> createNamespace(TenantId tenant, Namespace namespace) {
        return tables.createNamespace(tenant, namespace);
    }

    @Override
    public CompletableFuture<TableResult<Namespace>> alterNamespace(
            TenantId tenant, List<String> levels, Map<String, @Nullable String> changes) {
        return tables.alterNamespace(tenant, levels, changes);
    }

    @Override
    public CompletableFuture<TableResult<List<String>>> dropNamespace(TenantId tenant, List<String> levels) {
        return tables.dropNamespace(tenant, levels);
    }

    @Override
    public CompletableFuture<TableResult<TablePointer>> rename(TenantId tenant, TableName from, TableName to) {
        return tables.rename(tenant, from, to);
    }

    @Override
    public CompletableFuture<TableResult<TablePointer>> drop(
            TenantId tenant, TableName name, UUID table, boolean purge) {
        return tables.drop(tenant, name, table, purge);
    }

    @Override
    public CompletableFuture<TableResult<UUID>> forgetDropped(UUID table) {
        return tables.forgetDropped(table);
    }

    @Override
    public CompletableFuture<TableResult<Epoch>> acquireFeed(TopicId topic, NodeId owner) {
        return tables.acquireFeed(topic, owner);
    }

    @Override
    public CompletableFuture<Optional<TablePointer>> confirmed(TenantId tenant, TableName name) {
        return tables.confirmed(tenant, name);
    }
}
