package io.weir.lakehouse.catalog;

import io.weir.contracts.table.TableCommands;
import io.weir.lakehouse.catalog.PointerOperations.Written;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.MetadataUpdate;
import org.apache.iceberg.RetryableValidationException;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.UpdateRequirement;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.jspecify.annotations.Nullable;

/**
 * Changes of one or more tables that are all made, or none.
 *
 * <p>Threading: any thread that may block.
 */
public final class CatalogTransaction {
    private static final int ATTEMPTS = 5;

    private final PointerCatalog catalog;

    public CatalogTransaction(PointerCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * What one table is to become.
     *
     * @param requirements what must hold of the present metadata
     * @param updates what is changed of them, in order
     */
    public record Change(TableIdentifier table, List<UpdateRequirement> requirements, List<MetadataUpdate> updates) {
        private boolean creates() {
            return requirements.stream().anyMatch(UpdateRequirement.AssertTableDoesNotExist.class::isInstance);
        }
    }

    private record Draft(
            PointerOperations operations, @Nullable TableMetadata base, TableMetadata metadata) {
        boolean changed() {
            return base == null || !metadata.changes().isEmpty();
        }
    }

    /**
     * Commits. A commit that was overtaken is tried again a few times as long as its requirements hold.
     *
     * @param changes 1 to {@link TableCommands#MAX_CHANGES}, each of another table
     * @return the metadata as they are then, in order
     * @throws CommitFailedException when a requirement does not hold, or others are faster all the time
     */
    public List<TableMetadata> commit(List<Change> changes) {
        requireShape(changes);
        for (int attempt = 1; ; attempt++) {
            List<Draft> drafts = changes.stream().map(this::draft).toList();
            try {
                return commitDrafts(drafts);
            } catch (CommitFailedException overtaken) {
                if (attempt == ATTEMPTS) {
                    throw overtaken;
                }
            }
        }
    }

    private static void requireShape(List<Change> changes) {
        if (changes.isEmpty() || changes.size() > TableCommands.MAX_CHANGES) {
            throw new BadRequestException(
                    "A commit changes 1 to %s tables, not %s", TableCommands.MAX_CHANGES, changes.size());
        }
        Set<TableIdentifier> tables = new HashSet<>();
        for (Change change : changes) {
            if (!tables.add(change.table())) {
                throw new BadRequestException("Table %s is named twice", change.table());
            }
        }
    }

    private Draft draft(Change change) {
        PointerOperations operations = catalog.operations(change.table());
        TableMetadata base = operations.current();
        if (base == null && !change.creates()) {
            throw new NoSuchTableException("Table does not exist: %s", change.table());
        }
        if (base != null && change.creates()) {
            throw new AlreadyExistsException("Table already exists: %s", change.table());
        }
        if (base != null) {
            change.requirements().forEach(requirement -> require(requirement, base));
        }
        return new Draft(operations, base, updated(base, change));
    }

    private static void require(UpdateRequirement requirement, TableMetadata base) {
        try {
            requirement.validate(base);
        } catch (CommitFailedException unmet) {
            throw unmet;
        } catch (RuntimeException malformed) {
            throw new BadRequestException(malformed, "A requirement cannot be checked: %s", malformed.getMessage());
        }
    }

    private static TableMetadata updated(@Nullable TableMetadata base, Change change) {
        try {
            TableMetadata.Builder builder = base == null ? fresh(change) : TableMetadata.buildFrom(base);
            change.updates().forEach(update -> update.applyTo(builder));
            return builder.build();
        } catch (RetryableValidationException stale) {
            throw new CommitFailedException(stale, "Validation failed, please retry: %s", stale.getMessage());
        } catch (RuntimeException malformed) {
            throw new BadRequestException(
                    malformed, "The updates cannot be applied to %s: %s", change.table(), malformed.getMessage());
        }
    }

    private static TableMetadata.Builder fresh(Change change) {
        for (MetadataUpdate update : change.updates()) {
            if (update instanceof MetadataUpdate.UpgradeFormatVersion upgrade) {
                return TableMetadata.buildFromEmpty(upgrade.formatVersion());
            }
        }
        return TableMetadata.buildFromEmpty();
    }

    private List<TableMetadata> commitDrafts(List<Draft> drafts) {
        List<Written> written = new ArrayList<>();
        List<TableMetadata> results = new ArrayList<>();
        List<Draft> changed = drafts.stream().filter(Draft::changed).toList();
        try {
            for (Draft draft : drafts) {
                if (draft.changed()) {
                    written.add(draft.operations().write(draft.base(), draft.metadata()));
                    results.add(written.getLast().metadata());
                } else {
                    results.add(draft.metadata());
                }
            }
            if (!written.isEmpty()) {
                new PointerMoves(catalog.ports())
                        .commit(written.stream().map(Written::change).toList());
            }
        } catch (RuntimeException failed) {
            if (!changed.isEmpty()) {
                changed.getFirst().operations().discardIfCertain(written, failed);
            }
            throw failed;
        }
        for (int i = 0; i < written.size(); i++) {
            changed.get(i).operations().deleteOldMetadata(written.get(i));
        }
        return results;
    }
}
