package io.weir.lakehouse.catalog;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Accepted;
import io.weir.contracts.table.TableResult.Rejected;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;

/**
 * The commands about tables, waited for, and their outcomes as Iceberg's exceptions.
 *
 * <p>A commit whose answer did not come is sent again as it is: it either still applies, or is refused because of
 * itself, which the table's history tells. Threading: any thread that may block.
 */
final class PointerMoves {
    private static final int ATTEMPTS = 3;
    private static final long TIMEOUT_SECONDS = 20;

    private final CatalogPorts ports;

    PointerMoves(CatalogPorts ports) {
        this.ports = ports;
    }

    /**
     * Moves all of the pointers, or none.
     *
     * @throws CommitFailedException when another commit was faster
     * @throws AlreadyExistsException when the name of a new table is taken
     * @throws CommitStateUnknownException when it cannot be learned what became of it
     */
    void commit(List<TableChange> changes) {
        ServiceException unanswered;
        int attempt = 1;
        do {
            try {
                TableResult<List<TablePointer>> result = await(ports.commands().commit(ports.tenant(), changes, null));
                if (result instanceof Rejected<List<TablePointer>> rejected
                        && !(attempt > 1 && happened(changes.getFirst(), rejected))) {
                    throw refusal(rejected);
                }
                return;
            } catch (ServiceException unknown) {
                unanswered = unknown;
            }
            attempt++;
        } while (attempt <= ATTEMPTS);
        throw new CommitStateUnknownException(unanswered);
    }

    /** Whether an attempt before was made, given that this one is refused. */
    private boolean happened(TableChange change, Rejected<?> rejected) {
        Optional<TablePointer> present = await(ports.commands().confirmed(ports.tenant(), change.name()));
        if (present.isEmpty() || !present.get().table().equals(id(change))) {
            // It may have been made, and have got another name since.
            boolean isNowhere = ports.image().get().tables().stream()
                    .noneMatch(table -> table.table().equals(id(change)));
            return unknownUnless(change instanceof TableChange.Create && isNowhere, rejected);
        }
        String wanted = metadataLocation(change);
        if (present.get().metadataLocation().equals(wanted)) {
            return true;
        }
        List<String> history = ports.metadata().read(present.get().metadataLocation()).previousFiles().stream()
                .map(TableMetadata.MetadataLogEntry::file)
                .toList();
        if (history.contains(wanted)) {
            return true;
        }
        // What was expected is in the history, and something else came after it.
        return unknownUnless(
                change instanceof TableChange.Replace replace && history.contains(replace.expectedMetadataLocation()),
                rejected);
    }

    private static boolean unknownUnless(boolean failedForCertain, Rejected<?> rejected) {
        if (failedForCertain) {
            return false;
        }
        throw new CommitStateUnknownException(new ServiceException(
                FailureCode.TIMED_OUT, "The first answer was lost, and then: " + rejected.message()));
    }

    private static UUID id(TableChange change) {
        return switch (change) {
            case TableChange.Create create -> create.table();
            case TableChange.Replace replace -> replace.table();
        };
    }

    private static String metadataLocation(TableChange change) {
        return switch (change) {
            case TableChange.Create create -> create.metadataLocation();
            case TableChange.Replace replace -> replace.metadataLocation();
        };
    }

    /** The value, or Iceberg's exception. */
    <T> T accepted(CompletableFuture<TableResult<T>> command) {
        return switch (await(command)) {
            case Accepted<T> accepted -> accepted.value();
            case Rejected<T> rejected -> throw refusal(rejected);
        };
    }

    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw ServiceException.of(failed);
        } catch (TimeoutException late) {
            throw new ServiceException(
                    FailureCode.TIMED_OUT, "No answer from the metadata within " + TIMEOUT_SECONDS + " s", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException(
                    FailureCode.SHUTTING_DOWN, "Interrupted while waiting for the metadata", interrupted);
        }
    }

    static RuntimeException refusal(Rejected<?> rejected) {
        String message = rejected.message();
        return switch (rejected.reason()) {
            case NAMESPACE_EXISTS, TABLE_EXISTS -> new AlreadyExistsException("%s", message);
            case UNKNOWN_NAMESPACE -> new NoSuchNamespaceException("%s", message);
            case NAMESPACE_NOT_EMPTY -> new NamespaceNotEmptyException("%s", message);
            case UNKNOWN_TABLE -> new NoSuchTableException("%s", message);
            case CHANGED, STALE_OWNER, NOT_AT_WATERMARK, UNKNOWN_TOPIC -> new CommitFailedException("%s", message);
            case LIMIT_REACHED, INVALID_REQUEST -> new BadRequestException("%s", message);
        };
    }

    /** Whether a failure proves that nothing was committed. */
    static boolean certain(RuntimeException failure) {
        return Stream.of(
                        CommitFailedException.class,
                        AlreadyExistsException.class,
                        NoSuchTableException.class,
                        NoSuchNamespaceException.class,
                        BadRequestException.class)
                .anyMatch(proof -> proof.isInstance(failure));
    }
}
