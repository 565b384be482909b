package io.weir.metadata.command;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Rejected;
import io.weir.contracts.table.TableResult.Rejection;
import io.weir.metadata.image.CatalogTable;
import io.weir.metadata.image.Catalogs;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.FeedOwnership;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.TableRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides about commands on tables: pure, and the same on every peer. A commit is decided change by change, each in the
 * image that those before it lead to; when one is refused, so are all.
 *
 * <p>Threading: one thread, for one command.
 */
final class TableDecisions {
    private final List<MetadataRecord> facts = new ArrayList<>();
    private ClusterImage image;

    private TableDecisions(ClusterImage image) {
        this.image = image;
    }

    /** What the command comes to in this image. */
    static Decision<?> decide(ClusterImage image, TableCommand command) {
        var violation = TableRules.violated(command);
        if (violation.isPresent()) {
            return Decision.accept(violation.get());
        }
        TableDecisions decisions = new TableDecisions(image);
        TableResult<?> result = switch (command) {
            case TableCommand.CreateNamespace create -> decisions.createNamespace(create);
            case TableCommand.AlterNamespace alter -> decisions.alterNamespace(alter);
            case TableCommand.DropNamespace drop -> decisions.dropNamespace(drop);
            case TableCommand.Commit commit -> decisions.commit(commit);
            case TableCommand.RenameTable rename -> decisions.rename(rename);
            case TableCommand.DropTable drop -> decisions.drop(drop);
            case TableCommand.ForgetDropped forget -> decisions.forget(forget.table());
            case TableCommand.AcquireFeed acquire -> decisions.acquire(acquire);
        };
        return result instanceof TableResult.Accepted<?>
                ? Decision.accept(result, decisions.facts.toArray(MetadataRecord[]::new))
                : Decision.accept(result);
    }

    /** What else is a fact when the topic is deleted: its tables are gone, and their files are to go. */
    static List<MetadataRecord> withTopic(ClusterImage image, TopicId topic) {
        TableDecisions decisions = new TableDecisions(image);
        for (CatalogTable table : image.tables().of(topic)) {
            decisions.dropped(table, true);
        }
        return List.copyOf(decisions.facts);
    }

    private Catalogs tables() {
        return image.tables();
    }

    private void is(TableRecord fact) {
        MetadataRecord added = new MetadataRecord.Tables(fact);
        facts.add(added);
        image = image.evolve(added);
    }

    private TableResult<?> createNamespace(TableCommand.CreateNamespace create) {
        Namespace namespace = create.namespace();
        List<String> levels = namespace.levels();
        List<String> above = levels.subList(0, levels.size() - 1);
        if (!above.isEmpty() && tables().namespace(create.tenant(), above).isEmpty()) {
            return unknownNamespace(above);
        }
        if (tables().namespace(create.tenant(), levels).isPresent()) {
            return rejected(Rejection.NAMESPACE_EXISTS, "Namespace " + levels + " exists already");
        }
        if (tables().namespaces() >= TableCommands.MAX_NAMESPACES) {
            return rejected(
                    Rejection.LIMIT_REACHED,
                    "There are " + TableCommands.MAX_NAMESPACES + " namespaces, as many as there may be");
        }
        is(new TableRecord.NamespaceWritten(create.tenant(), namespace));
        return new TableResult.Accepted<>(namespace);
    }

    private TableResult<?> alterNamespace(TableCommand.AlterNamespace alter) {
        Optional<Namespace> before = tables().namespace(alter.tenant(), alter.levels());
        if (before.isEmpty()) {
            return unknownNamespace(alter.levels());
        }
        Map<String, String> properties = new HashMap<>(before.get().properties());
        alter.changes().forEach((name, value) -> {
            if (value == null) {
                properties.remove(name);
            } else {
                properties.put(name, value);
            }
        });
        if (properties.size() > Namespace.MAX_PROPERTIES) {
            return rejected(
                    Rejection.INVALID_REQUEST,
                    properties.size() + " properties are more than " + Namespace.MAX_PROPERTIES);
        }
        Namespace after = new Namespace(alter.levels(), properties);
        if (!after.equals(before.get())) {
            is(new TableRecord.NamespaceWritten(alter.tenant(), after));
        }
        return new TableResult.Accepted<>(after);
    }

    private TableResult<?> dropNamespace(TableCommand.DropNamespace drop) {
        if (tables().namespace(drop.tenant(), drop.levels()).isEmpty()) {
            return unknownNamespace(drop.levels());
        }
        if (!tables().isVacant(drop.tenant(), drop.levels())) {
            return rejected(
                    Rejection.NAMESPACE_NOT_EMPTY, "There are tables or namespaces in namespace " + drop.levels());
        }
        is(new TableRecord.NamespaceDropped(drop.tenant(), drop.levels()));
        return new TableResult.Accepted<>(drop.levels());
    }

    private TableResult<?> commit(TableCommand.Commit commit) {
        TenantId tenant = commit.tenant();
        FeedAdvance advance = commit.advance();
        Rejected<?> refusal = advance == null ? null : stale(tenant, advance);
        for (TableChange change : commit.changes()) {
            if (refusal == null) {
                refusal = switch (change) {
                    case TableChange.Create create -> create(tenant, create);
                    case TableChange.Replace replace -> replace(tenant, replace);
                };
            }
        }
        if (refusal == null && advance != null) {
            refusal = advance(tenant, advance);
        }
        if (refusal != null) {
            return refusal;
        }
        List<TablePointer> pointers = new ArrayList<>();
        for (TableChange change : commit.changes()) {
            tables().table(tenant, change.name()).ifPresent(pointers::add);
        }
        return new TableResult.Accepted<>(List.copyOf(pointers));
    }

    private @Nullable Rejected<?> stale(TenantId tenant, FeedAdvance advance) {
        TopicId topic = advance.topic();
        if (isUnknown(tenant, topic)) {
            return unknownTopic(topic);
        }
        FeedOwnership owner = tables().feeds().get(topic);
        if (owner == null) {
            return rejected(Rejection.STALE_OWNER, "Nobody feeds topic " + topic + ", nor does " + advance.owner());
        }
        return owner.epoch().equals(advance.owner())
                ? null
                : rejected(
                        Rejection.STALE_OWNER,
                        "Topic " + topic + " is fed under " + owner.epoch() + ", not " + advance.owner());
    }

    private boolean isUnknown(TenantId tenant, TopicId id) {
        return image.topic(id).filter(topic -> topic.tenant().equals(tenant)).isEmpty();
    }

    private @Nullable Rejected<?> create(TenantId tenant, TableChange.Create create) {
        if (tables().namespace(tenant, create.name().namespace()).isEmpty()) {
            return unknownNamespace(create.name().namespace());
        }
        TopicId topic = create.topic();
        if (topic != null && isUnknown(tenant, topic)) {
            return unknownTopic(topic);
        }
        Rejected<?> full = full(topic);
        if (full != null) {
            return full;
        }
        if (tables().find(tenant, create.name()) != null) {
            return rejected(Rejection.TABLE_EXISTS, "Table " + create.name() + " exists already");
        }
        UUID id = create.table();
        if (tables().byId().containsKey(id) || tables().filesLeft().containsKey(id)) {
            return rejected(Rejection.INVALID_REQUEST, "Table id " + id + " is taken");
        }
        is(new TableRecord.TableWritten(
                tenant, create.name(), id, create.location(), create.metadataLocation(), topic));
        return null;
    }

    /** Every table is deleted one day, so that what bounds those whose files are left is a bound to creations. */
    private @Nullable Rejected<?> full(@Nullable TopicId topic) {
        if (tables().filesLeft().size() >= TableCommands.MAX_DROPPED) {
            return rejected(
                    Rejection.LIMIT_REACHED,
                    TableCommands.MAX_DROPPED + " dropped tables have files that are not deleted yet");
        }
        if (topic == null) {
            return tables().ofUsers() < TableCommands.MAX_USER_TABLES
                    ? null
                    : rejected(
                            Rejection.LIMIT_REACHED,
                            "Users have " + TableCommands.MAX_USER_TABLES + " tables, as many as they may");
        }
        return tables().of(topic).size() < TableCommands.MAX_TABLES_OF_TOPIC
                ? null
                : rejected(
                        Rejection.LIMIT_REACHED,
                        "Topic " + topic + " has " + TableCommands.MAX_TABLES_OF_TOPIC + " tables");
    }

    private @Nullable Rejected<?> replace(TenantId tenant, TableChange.Replace replace) {
        CatalogTable table = tables().find(tenant, replace.name());
        if (table == null) {
            return unknownTable(replace.name());
        }
        if (!table.id().equals(replace.table())) {
            return otherTable(table);
        }
        if (!table.metadataLocation().equals(replace.expectedMetadataLocation())) {
            return rejected(
                    Rejection.CHANGED,
                    "Table " + replace.name() + " is at " + table.metadataLocation() + ", not "
                            + replace.expectedMetadataLocation());
        }
        written(table, table.name(), replace.metadataLocation());
        return null;
    }

    private void written(CatalogTable table, TableName name, String metadataLocation) {
        is(new TableRecord.TableWritten(
                table.written().tenant(),
                name,
                table.id(),
                table.written().location(),
                metadataLocation,
                table.topic()));
    }

    private @Nullable Rejected<?> advance(TenantId tenant, FeedAdvance advance) {
        TopicId topic = advance.topic();
        CatalogTable table = tables().find(tenant, advance.name());
        Optional<CatalogTable> fed = tables().fed(topic);
        if (table == null
                || !topic.equals(table.topic())
                || fed.filter(other -> !other.id().equals(table.id())).isPresent()) {
            return rejected(Rejection.INVALID_REQUEST, advance.name() + " is not the table of topic " + topic);
        }
        SortedMap<StreamId, Long> next = new TreeMap<>();
        for (Map.Entry<StreamId, OffsetRange> move : advance.moves().entrySet()) {
            StreamId stream = move.getKey();
            OffsetRange range = move.getValue();
            if (image.topicOf(stream).map(Topic::id).filter(topic::equals).isEmpty()) {
                return rejected(Rejection.INVALID_REQUEST, stream + " is not of topic " + topic);
            }
            if (table.watermark(stream) != range.from()) {
                return rejected(
                        Rejection.NOT_AT_WATERMARK,
                        stream + " is at " + table.watermark(stream) + ", not " + range.from());
            }
            if (!range.isEmpty()) {
                next.put(stream, range.to());
            }
        }
        if (!next.isEmpty() || fed.isEmpty()) {
            is(new TableRecord.WatermarkMoved(table.id(), next));
        }
        return null;
    }

    private TableResult<?> rename(TableCommand.RenameTable rename) {
        CatalogTable table = tables().find(rename.tenant(), rename.from());
        if (table == null) {
            return unknownTable(rename.from());
        }
        if (tables().namespace(rename.tenant(), rename.to().namespace()).isEmpty()) {
            return unknownNamespace(rename.to().namespace());
        }
        if (tables().find(rename.tenant(), rename.to()) != null) {
            return rejected(Rejection.TABLE_EXISTS, "Table " + rename.to() + " exists already");
        }
        written(table, rename.to(), table.metadataLocation());
        return tables().table(rename.tenant(), rename.to())
                .<TableResult<?>>map(TableResult.Accepted::new)
                .orElseGet(() -> unknownTable(rename.to()));
    }

    private TableResult<?> drop(TableCommand.DropTable drop) {
        CatalogTable table = tables().find(drop.tenant(), drop.name());
        if (table == null) {
            return unknownTable(drop.name());
        }
        if (!table.id().equals(drop.table())) {
            return otherTable(table);
        }
        dropped(table, drop.purge());
        return new TableResult.Accepted<>(table.pointer());
    }

    private void dropped(CatalogTable table, boolean purge) {
        is(new TableRecord.TableDropped(table.id()));
        if (purge) {
            is(new TableRecord.FilesLeft(table.id(), table.written().location()));
        }
    }

    private TableResult<?> forget(UUID table) {
        if (tables().filesLeft().containsKey(table)) {
            is(new TableRecord.FilesDeleted(table));
        }
        return new TableResult.Accepted<>(table);
    }

    private TableResult<?> acquire(TableCommand.AcquireFeed acquire) {
        TopicId topic = acquire.topic();
        if (image.topic(topic).isEmpty()) {
            return unknownTopic(topic);
        }
        FeedOwnership before = tables().feeds().get(topic);
        int last = before == null ? 0 : before.epoch().value();
        if (last == Integer.MAX_VALUE) {
            return rejected(Rejection.LIMIT_REACHED, "Topic " + topic + " has no epoch left");
        }
        Epoch next = new Epoch(last + 1);
        is(new TableRecord.FeedOwned(topic, acquire.owner(), next));
        return new TableResult.Accepted<>(next);
    }

    private static Rejected<?> unknownNamespace(List<String> levels) {
        return rejected(Rejection.UNKNOWN_NAMESPACE, "There is no namespace " + levels);
    }

    private static Rejected<?> unknownTable(TableName name) {
        return rejected(Rejection.UNKNOWN_TABLE, "There is no table " + name);
    }

    private static Rejected<?> otherTable(CatalogTable present) {
        return rejected(Rejection.CHANGED, present.name() + " is table " + present.id());
    }

    private static Rejected<?> unknownTopic(TopicId topic) {
        return rejected(Rejection.UNKNOWN_TOPIC, "There is no topic " + topic);
    }

    private static Rejected<Object> rejected(Rejection reason, String message) {
        return new Rejected<>(reason, message);
    }
}
