package io.weir.metadata.command;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableName;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is proposed about tables. Its reply is an accepted {@code TableResult}, which may be a refusal. */
public sealed interface TableCommand {
    record CreateNamespace(TenantId tenant, Namespace namespace) implements TableCommand {}

    /** A change without a value removes the property. */
    record AlterNamespace(TenantId tenant, List<String> levels, SortedMap<String, @Nullable String> changes)
            implements TableCommand {
        public AlterNamespace {
            levels = List.copyOf(levels);
            changes = Collections.unmodifiableSortedMap(new TreeMap<>(changes));
        }
    }

    record DropNamespace(TenantId tenant, List<String> levels) implements TableCommand {
        public DropNamespace {
            levels = List.copyOf(levels);
        }
    }

    /** Changes all of the tables and moves the watermark, or does nothing. */
    record Commit(
            TenantId tenant,
            List<TableChange> changes,
            @Nullable FeedAdvance advance) implements TableCommand {
        public Commit {
            changes = List.copyOf(changes);
        }
    }

    record RenameTable(TenantId tenant, TableName from, TableName to) implements TableCommand {}

    record DropTable(TenantId tenant, TableName name, UUID table, boolean purge) implements TableCommand {}

    record ForgetDropped(UUID table) implements TableCommand {}

    record AcquireFeed(TopicId topic, NodeId owner) implements TableCommand {}
}
