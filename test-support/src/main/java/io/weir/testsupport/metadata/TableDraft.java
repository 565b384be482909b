package io.weir.testsupport.metadata;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableImage.DroppedTable;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Accepted;
import io.weir.contracts.table.TableResult.Rejected;
import io.weir.contracts.table.TableResult.Rejection;
import io.weir.testsupport.metadata.MemoryTableImage.NamespaceKey;
import io.weir.testsupport.metadata.MemoryTableImage.TableKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The tables as they would be after a command; thrown away when the command is refused.
 *
 * <p>Threading: one thread.
 */
final class TableDraft {
    private final MetadataImage topics;
    private final TreeMap<NamespaceKey, Namespace> namespaces;
    private final TreeMap<TableKey, TablePointer> tables;
    private final Map<TopicId, UUID> fed;
    private final Map<TopicId, Epoch> owners;
    private final Map<UUID, DroppedTable> dropped;

    /** Ends a command that is refused. */
    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Rejection reason;

        Refusal(Rejection reason, String message) {
            super(message);
            this.reason = reason;
        }
    }

    /** What a command does to the draft, throwing when it is refused. */
    @FunctionalInterface
    interface Command<T> {
        T applyTo(TableDraft draft);
    }

    TableDraft(MetadataImage topics, MemoryTableImage before) {
        this.topics = topics;
        this.namespaces = new TreeMap<>(before.byLevels());
        this.tables = new TreeMap<>(before.byName());
        this.fed = new HashMap<>(before.fed());
        this.owners = new HashMap<>(before.owners());
        this.dropped = new HashMap<>(before.droppedById());
    }

    MemoryTableImage image() {
        return new MemoryTableImage(namespaces, tables, fed, owners, dropped);
    }

    <T> TableResult<T> run(Command<T> command) {
        try {
            return new Accepted<>(command.applyTo(this));
        } catch (Refusal refusal) {
            return new Rejected<>(refusal.reason, String.valueOf(refusal.getMessage()));
        }
    }

    private static void require(boolean met, Rejection otherwise, String message) {
        if (!met) {
            throw new Refusal(otherwise, message);
        }
    }

    Namespace create(TenantId tenant, Namespace namespace) {
        List<String> levels = namespace.levels();
        requireLegal(namespace.properties());
        if (levels.size() > 1) {
            requireNamespace(tenant, levels.subList(0, levels.size() - 1));
        }
        Namespace there = namespaces.putIfAbsent(new NamespaceKey(tenant, levels), namespace);
        require(there == null, Rejection.NAMESPACE_EXISTS, "Namespace " + levels + " exists");
        return namespace;
    }

    Namespace alter(TenantId tenant, List<String> levels, Map<String, @Nullable String> changes) {
        Map<String, String> properties =
                new HashMap<>(requireNamespace(tenant, levels).properties());
        require(changes.size() <= Namespace.MAX_PROPERTIES, Rejection.INVALID_REQUEST, "Too many changes");
        changes.forEach((name, value) -> {
            require(name.length() <= Namespace.MAX_PROPERTY_NAME_CHARS, Rejection.INVALID_REQUEST, "Too long a name");
            if (value == null) {
                properties.remove(name);
            } else {
                properties.put(name, value);
            }
        });
        requireLegal(properties);
        Namespace changed = new Namespace(levels, properties);
        namespaces.put(new NamespaceKey(tenant, levels), changed);
        return changed;
    }

    private static void requireLegal(Map<String, String> properties) {
        require(
                properties.size() <= Namespace.MAX_PROPERTIES,
                Rejection.INVALID_REQUEST,
                properties.size() + " properties are more than " + Namespace.MAX_PROPERTIES);
        properties.forEach((name, value) -> require(
                name.length() <= Namespace.MAX_PROPERTY_NAME_CHARS
                        && value.length() <= Namespace.MAX_PROPERTY_VALUE_CHARS,
                Rejection.INVALID_REQUEST,
                "Property '" + name + "' is too long"));
    }

    List<String> dropNamespace(TenantId tenant, List<String> levels) {
        requireNamespace(tenant, levels);
        boolean holdsTables =
                tables.keySet().stream().anyMatch(key -> key.namespace().equals(new NamespaceKey(tenant, levels)));
        boolean holdsNamespaces = namespaces.keySet().stream()
                .anyMatch(key -> key.tenant().equals(tenant)
                        && key.levels().size() > levels.size()
                        && key.levels().subList(0, levels.size()).equals(levels));
        require(
                !holdsTables && !holdsNamespaces,
                Rejection.NAMESPACE_NOT_EMPTY,
                "There are tables or namespaces in " + levels);
        namespaces.remove(new NamespaceKey(tenant, levels));
        return levels;
    }

    private Namespace requireNamespace(TenantId tenant, List<String> levels) {
        Namespace namespace = namespaces.get(new NamespaceKey(tenant, levels));
        if (namespace == null) {
            throw new Refusal(Rejection.UNKNOWN_NAMESPACE, "There is no namespace " + levels);
        }
        return namespace;
    }

    List<TablePointer> commit(TenantId tenant, List<TableChange> changes, @Nullable FeedAdvance advance) {
        requireShape(changes, advance);
        if (advance != null) {
            requireTopic(tenant, advance.topic());
            require(
                    advance.owner().equals(owners.get(advance.topic())),
                    Rejection.STALE_OWNER,
                    "Topic " + advance.topic() + " is fed under " + owners.get(advance.topic()));
        }
        for (TableChange change : changes) {
            switch (change) {
                case TableChange.Create create -> create(tenant, create);
                case TableChange.Replace replace -> replace(tenant, replace);
            }
        }
        if (advance != null) {
            advance(tenant, advance);
        }
        return changes.stream()
                .map(change -> requireTable(tenant, change.name()))
                .toList();
    }

    private static void requireShape(List<TableChange> changes, @Nullable FeedAdvance advance) {
        require(
                !changes.isEmpty() && changes.size() <= TableCommands.MAX_CHANGES,
                Rejection.INVALID_REQUEST,
                "A commit touches 1 to " + TableCommands.MAX_CHANGES + " tables, not " + changes.size());
        Set<TableName> names = new HashSet<>();
        for (TableChange change : changes) {
            require(names.add(change.name()), Rejection.INVALID_REQUEST, change.name() + " is named twice");
            switch (change) {
                case TableChange.Create create -> {
                    requireLocation(create.location());
                    requireLocation(create.metadataLocation());
                }
                case TableChange.Replace replace -> {
                    requireLocation(replace.metadataLocation());
                    require(
                            !replace.metadataLocation().equals(replace.expectedMetadataLocation()),
                            Rejection.INVALID_REQUEST,
                            replace.metadataLocation() + " is not a new metadata file");
                }
            }
        }
        if (advance != null) {
            require(names.contains(advance.name()), Rejection.INVALID_REQUEST, advance.name() + " is not changed");
            require(
                    advance.moves().size() <= FeedAdvance.MAX_MOVES,
                    Rejection.INVALID_REQUEST,
                    advance.moves().size() + " streams are more than " + FeedAdvance.MAX_MOVES);
        }
    }

    private static void requireLocation(String location) {
        require(
                !location.isEmpty() && location.length() <= TablePointer.MAX_LOCATION_CHARS,
                Rejection.INVALID_REQUEST,
                "A location has 1 to " + TablePointer.MAX_LOCATION_CHARS + " characters, not " + location.length());
    }

    private Topic requireTopic(TenantId tenant, TopicId id) {
        return topics.topic(id)
                .filter(topic -> topic.tenant().equals(tenant))
                .orElseThrow(() -> new Refusal(Rejection.UNKNOWN_TOPIC, "There is no topic " + id));
    }

    private void create(TenantId tenant, TableChange.Create create) {
        requireNamespace(tenant, create.name().namespace());
        TopicId topic = create.topic();
        if (topic != null) {
            requireTopic(tenant, topic);
            require(
                    tables.values().stream()
                                    .filter(table -> topic.equals(table.topic()))
                                    .count()
                            < TableCommands.MAX_TABLES_OF_TOPIC,
                    Rejection.LIMIT_REACHED,
                    "Topic " + topic + " has " + TableCommands.MAX_TABLES_OF_TOPIC + " tables");
        }
        requireFree(tenant, create.name());
        require(
                !dropped.containsKey(create.table())
                        && tables.values().stream()
                                .noneMatch(table -> table.table().equals(create.table())),
                Rejection.INVALID_REQUEST,
                "Table id " + create.table() + " is taken");
        tables.put(
                TableKey.of(tenant, create.name()),
                new TablePointer(
                        tenant,
                        create.name(),
                        create.table(),
                        create.location(),
                        create.metadataLocation(),
                        topic,
                        new TreeMap<>()));
    }

    private void requireFree(TenantId tenant, TableName name) {
        require(
                !tables.containsKey(TableKey.of(tenant, name)),
                Rejection.TABLE_EXISTS,
                "Table " + name + " exists already");
    }

    private void replace(TenantId tenant, TableChange.Replace replace) {
        TablePointer before = requireTable(tenant, replace.name(), replace.table());
        require(
                before.metadataLocation().equals(replace.expectedMetadataLocation()),
                Rejection.CHANGED,
                replace.name() + " is at " + before.metadataLocation());
        put(before, before.name(), replace.metadataLocation(), before.watermark());
    }

    private TablePointer requireTable(TenantId tenant, TableName name) {
        return Optional.ofNullable(tables.get(TableKey.of(tenant, name)))
                .orElseThrow(() -> new Refusal(Rejection.UNKNOWN_TABLE, "There is no table " + name));
    }

    private TablePointer requireTable(TenantId tenant, TableName name, UUID id) {
        TablePointer table = requireTable(tenant, name);
        require(table.table().equals(id), Rejection.CHANGED, name + " is table " + table.table());
        return table;
    }

    private TablePointer put(
            TablePointer before, TableName name, String metadataLocation, SortedMap<StreamId, Long> watermark) {
        TablePointer after = new TablePointer(
                before.tenant(), name, before.table(), before.location(), metadataLocation, before.topic(), watermark);
        tables.put(TableKey.of(before.tenant(), name), after);
        return after;
    }

    private void advance(TenantId tenant, FeedAdvance advance) {
        TopicId topic = advance.topic();
        TablePointer table = requireTable(tenant, advance.name());
        UUID present = fed.getOrDefault(topic, table.table());
        require(
                topic.equals(table.topic()) && present.equals(table.table()),
                Rejection.INVALID_REQUEST,
                advance.name() + " is not the table of topic " + topic);
        TreeMap<StreamId, Long> watermark = new TreeMap<>(table.watermark());
        for (Map.Entry<StreamId, OffsetRange> move : advance.moves().entrySet()) {
            StreamId stream = move.getKey();
            require(
                    topics.topicOf(stream).map(Topic::id).filter(topic::equals).isPresent(),
                    Rejection.INVALID_REQUEST,
                    stream + " is not of topic " + topic);
            require(
                    table.watermark(stream) == move.getValue().from(),
                    Rejection.NOT_AT_WATERMARK,
                    stream + " is at " + table.watermark(stream) + ", not " + move.getValue());
            if (move.getValue().to() > 0) {
                watermark.put(stream, move.getValue().to());
            }
        }
        fed.put(topic, table.table());
        put(table, table.name(), table.metadataLocation(), watermark);
    }

    TablePointer rename(TenantId tenant, TableName from, TableName to) {
        TablePointer table = requireTable(tenant, from);
        requireNamespace(tenant, to.namespace());
        requireFree(tenant, to);
        tables.remove(TableKey.of(tenant, from));
        return put(table, to, table.metadataLocation(), table.watermark());
    }

    TablePointer drop(TenantId tenant, TableName name, UUID id, boolean purge) {
        return drop(requireTable(tenant, name, id), purge);
    }

    private TablePointer drop(TablePointer table, boolean purge) {
        tables.remove(TableKey.of(table.tenant(), table.name()));
        fed.values().removeIf(table.table()::equals);
        if (purge) {
            dropped.put(table.table(), new DroppedTable(table.table(), table.location()));
        }
        return table;
    }

    UUID forget(UUID table) {
        dropped.remove(table);
        return table;
    }

    Epoch acquire(TopicId topic) {
        require(topics.topic(topic).isPresent(), Rejection.UNKNOWN_TOPIC, "There is no topic " + topic);
        Epoch next = new Epoch(owners.getOrDefault(topic, new Epoch(0)).value() + 1);
        owners.put(topic, next);
        return next;
    }

    /** The topic is gone, and with it whatever was made of it. */
    void forgetTopic(TopicId topic) {
        new ArrayList<>(tables.values())
                .stream().filter(table -> topic.equals(table.topic())).forEach(table -> drop(table, true));
        owners.remove(topic);
    }
}
