package io.weir.testsupport.metadata;

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

/**
 * The tables of a {@link MemoryMetadata}, with the refusals and the failures of the real ones. There is no limit to how
 * many tables and namespaces there are.
 *
 * <p>Threading: any thread; one change at a time. Futures complete, and listeners of the metadata are called, on the
 * calling thread.
 */
public final class MemoryTables implements TableCommands {
    private final MemoryMetadata metadata;
    private @Nullable FailureCode failure;
    private boolean answerIsLost;

    MemoryTables(MemoryMetadata metadata) {
        this.metadata = metadata;
    }

    /** The next command, or confirmed read, fails; nothing is changed. */
    public void failNext(FailureCode code) {
        synchronized (metadata) {
            failure = code;
        }
    }

    /** The next command is done, if it can be, but its future fails with {@code TIMED_OUT}. */
    public void loseNextAnswer() {
        synchronized (metadata) {
            answerIsLost = true;
        }
    }

    @Override
    public CompletableFuture<TableResult<Namespace>> createNamespace(TenantId tenant, Namespace namespace) {
        return answer(draft -> draft.create(tenant, namespace));
    }

    @Override
    public CompletableFuture<TableResult<Namespace>> alterNamespace(
            TenantId tenant, List<String> levels, Map<String, @Nullable String> changes) {
        return answer(draft -> draft.alter(tenant, levels, changes));
    }

    @Override
    public CompletableFuture<TableResult<List<String>>> dropNamespace(TenantId tenant, List<String> levels) {
        return answer(draft -> draft.dropNamespace(tenant, levels));
    }

    @Override
    public CompletableFuture<TableResult<List<TablePointer>>> commit(
            TenantId tenant, List<TableChange> changes, @Nullable FeedAdvance advance) {
        return answer(draft -> draft.commit(tenant, changes, advance));
    }

    @Override
    public CompletableFuture<TableResult<TablePointer>> rename(TenantId tenant, TableName from, TableName to) {
        return answer(draft -> draft.rename(tenant, from, to));
    }

    @Override
    public CompletableFuture<TableResult<TablePointer>> drop(
            TenantId tenant, TableName name, UUID table, boolean purge) {
        return answer(draft -> draft.drop(tenant, name, table, purge));
    }

    @Override
    public CompletableFuture<TableResult<UUID>> forgetDropped(UUID table) {
        return answer(draft -> draft.forget(table));
    }

    @Override
    public CompletableFuture<TableResult<Epoch>> acquireFeed(TopicId topic, NodeId owner) {
        return answer(draft -> draft.acquire(topic));
    }

    @Override
    public CompletableFuture<Optional<TablePointer>> confirmed(TenantId tenant, TableName name) {
        synchronized (metadata) {
            Optional<ServiceException> failed = nextFailure();
            return failed.isPresent()
                    ? CompletableFuture.failedFuture(failed.get())
                    : CompletableFuture.completedFuture(
                            metadata.image().tables().table(tenant, name));
        }
    }

    private <T> CompletableFuture<TableResult<T>> answer(TableDraft.Command<T> command) {
        synchronized (metadata) {
            Optional<ServiceException> failed = nextFailure();
            if (failed.isPresent()) {
                return CompletableFuture.failedFuture(failed.get());
            }
            boolean lost = answerIsLost;
            answerIsLost = false;
            TableResult<T> result = metadata.changeTables(command);
            return lost
                    ? CompletableFuture.failedFuture(
                            new ServiceException(FailureCode.TIMED_OUT, "Answer lost by the test"))
                    : CompletableFuture.completedFuture(result);
        }
    }

    private Optional<ServiceException> nextFailure() {
        FailureCode code = failure;
        failure = null;
        return code == null ? Optional.empty() : Optional.of(new ServiceException(code, "Failed by the test"));
    }
}
