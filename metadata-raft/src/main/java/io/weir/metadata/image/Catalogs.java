package io.weir.metadata.image;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.metadata.record.TableRecord;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The namespaces and tables of every tenant, found by name, by id and by topic; a change copies one path of each tree.
 *
 * <p>Threading: immutable.
 *
 * @param byTenant no tenant without a namespace
 * @param byId every table
 * @param byTopic ids of the tables that belong to a topic, ascending; at most
 *     {@link io.weir.contracts.table.TableCommands#MAX_TABLES_OF_TOPIC} each
 * @param feeds who feeds each topic, of those that were ever fed
 * @param filesLeft tables that are gone and whose files are not
 * @param namespaces how many there are
 * @param ofUsers how many tables belong to no topic
 */
public record Catalogs(
        TreePMap<String, TenantCatalog> byTenant,
        TreePMap<UUID, CatalogTable> byId,
        TreePMap<TopicId, List<UUID>> byTopic,
        TreePMap<TopicId, FeedOwnership> feeds,
        TreePMap<UUID, DroppedTable> filesLeft,
        int namespaces,
        int ofUsers)
        implements TableImage {
    private static final Comparator<TopicId> BY_TOPIC = Comparator.comparing(TopicId::value);

    static final Catalogs EMPTY = new Catalogs(
            TreePMap.empty(),
            TreePMap.empty(),
            TreePMap.empty(BY_TOPIC),
            TreePMap.empty(BY_TOPIC),
            TreePMap.empty(),
            0,
            0);

    Catalogs evolve(TableRecord fact) {
        return switch (fact) {
            case TableRecord.NamespaceWritten written -> {
                TenantCatalog before = catalog(written.tenant());
                yield with(written.tenant(), before, before.with(written.namespace()));
            }
            case TableRecord.NamespaceDropped dropped -> {
                TenantCatalog before = catalog(dropped.tenant());
                yield with(dropped.tenant(), before, before.without(dropped.levels()));
            }
            case TableRecord.TableWritten written -> with(written);
            case TableRecord.WatermarkMoved moved -> {
                CatalogTable table = byId.get(moved.table());
                yield table == null ? this : withTables(byId.plus(moved.table(), table.with(moved)));
            }
            case TableRecord.TableDropped dropped -> without(dropped.table());
            case TableRecord.FilesLeft left ->
                withFiles(filesLeft.plus(left.table(), new DroppedTable(left.table(), left.location())));
            case TableRecord.FilesDeleted deleted -> withFiles(filesLeft.minus(deleted.table()));
            case TableRecord.FeedOwned owned ->
                withFeeds(feeds.plus(owned.topic(), new FeedOwnership(owned.owner(), owned.epoch())));
        };
    }

    /** The topic is gone: nobody feeds it. Its tables are dropped by facts of their own. */
    Catalogs withoutFeed(TopicId topic) {
        return feeds.containsKey(topic) ? withFeeds(feeds.minus(topic)) : this;
    }

    private Catalogs with(TenantId tenant, TenantCatalog before, TenantCatalog after) {
        return new Catalogs(
                after.isEmpty() ? byTenant.minus(tenant.name()) : byTenant.plus(tenant.name(), after),
                byId,
                byTopic,
                feeds,
                filesLeft,
                namespaces + after.namespaces().size() - before.namespaces().size(),
                ofUsers);
    }

    private Catalogs with(TableRecord.TableWritten written) {
        CatalogTable before = byId.get(written.table());
        if (before != null && sameKeys(before.written(), written)) {
            return withTables(byId.plus(written.table(), before.with(written)));
        }
        UUID displaced = catalog(written.tenant()).table(written.name());
        Catalogs base = displaced == null ? this : without(displaced);
        base = base.without(written.table());
        TenantCatalog catalog = base.catalog(written.tenant());
        TopicId topic = written.topic();
        return new Catalogs(
                base.byTenant.plus(written.tenant().name(), catalog.with(written.name(), written.table())),
                base.byId.plus(written.table(), before == null ? CatalogTable.of(written) : before.with(written)),
                topic == null ? base.byTopic : base.byTopic.plus(topic, base.withTable(topic, written.table())),
                base.feeds,
                base.filesLeft,
                base.namespaces,
                topic == null ? base.ofUsers + 1 : base.ofUsers);
    }

    private static boolean sameKeys(TableRecord.TableWritten before, TableRecord.TableWritten after) {
        TopicId topic = before.topic();
        return before.tenant().equals(after.tenant())
                && before.name().equals(after.name())
                && (topic == null ? after.topic() == null : topic.equals(after.topic()));
    }

    private Catalogs without(UUID id) {
        CatalogTable table = byId.get(id);
        if (table == null) {
            return this;
        }
        TenantId tenant = table.written().tenant();
        TenantCatalog catalog = catalog(tenant).without(table.name());
        TopicId topic = table.topic();
        return new Catalogs(
                catalog.isEmpty() ? byTenant.minus(tenant.name()) : byTenant.plus(tenant.name(), catalog),
                byId.minus(id),
                topic == null ? byTopic : withoutTable(topic, id),
                feeds,
                filesLeft,
                namespaces,
                topic == null ? ofUsers - 1 : ofUsers);
    }

    private List<UUID> withTable(TopicId topic, UUID table) {
        List<UUID> ids = new ArrayList<>(tableIds(topic));
        ids.add(table);
        ids.sort(Comparator.naturalOrder());
        return List.copyOf(ids);
    }

    private TreePMap<TopicId, List<UUID>> withoutTable(TopicId topic, UUID table) {
        List<UUID> left =
                tableIds(topic).stream().filter(id -> !id.equals(table)).toList();
        return left.isEmpty() ? byTopic.minus(topic) : byTopic.plus(topic, left);
    }

    private Catalogs withTables(TreePMap<UUID, CatalogTable> tables) {
        return new Catalogs(byTenant, tables, byTopic, feeds, filesLeft, namespaces, ofUsers);
    }

    private Catalogs withFiles(TreePMap<UUID, DroppedTable> left) {
        return new Catalogs(byTenant, byId, byTopic, feeds, left, namespaces, ofUsers);
    }

    private Catalogs withFeeds(TreePMap<TopicId, FeedOwnership> owners) {
        return new Catalogs(byTenant, byId, byTopic, owners, filesLeft, namespaces, ofUsers);
    }

    private TenantCatalog catalog(TenantId tenant) {
        TenantCatalog catalog = byTenant.get(tenant.name());
        return catalog == null ? TenantCatalog.EMPTY : catalog;
    }

    private List<UUID> tableIds(TopicId topic) {
        List<UUID> ids = byTopic.get(topic);
        return ids == null ? List.of() : ids;
    }

    /** Whether nothing lies in the namespace. */
    public boolean isVacant(TenantId tenant, List<String> levels) {
        return catalog(tenant).isVacant(levels);
    }

    /** The table of that name, without a copy of its watermark. */
    public @Nullable CatalogTable find(TenantId tenant, TableName name) {
        UUID id = catalog(tenant).table(name);
        return id == null ? null : byId.get(id);
    }

    /** The tables that belong to the topic: its own, and its dead letters. */
    public List<CatalogTable> of(TopicId topic) {
        List<CatalogTable> found = new ArrayList<>();
        for (UUID id : tableIds(topic)) {
            CatalogTable table = byId.get(id);
            if (table != null) {
                found.add(table);
            }
        }
        return found;
    }

    /** The table that has the topic's watermark. */
    public Optional<CatalogTable> fed(TopicId topic) {
        return of(topic).stream().filter(CatalogTable::fed).findFirst();
    }

    @Override
    public Optional<Namespace> namespace(TenantId tenant, List<String> levels) {
        return Optional.ofNullable(catalog(tenant).namespaces().get(levels));
    }

    @Override
    public Collection<Namespace> namespaces(TenantId tenant) {
        return catalog(tenant).namespaces().values();
    }

    @Override
    public Optional<TablePointer> table(TenantId tenant, TableName name) {
        return Optional.ofNullable(find(tenant, name)).map(CatalogTable::pointer);
    }

    @Override
    public Collection<TablePointer> tables(TenantId tenant, List<String> namespace) {
        List<TablePointer> found = new ArrayList<>();
        for (UUID id : catalog(tenant).tables(namespace).values()) {
            CatalogTable table = byId.get(id);
            if (table != null) {
                found.add(table.pointer());
            }
        }
        return List.copyOf(found);
    }

    @Override
    public Optional<TablePointer> tableOf(TopicId topic) {
        return fed(topic).map(CatalogTable::pointer);
    }

    /** One pointer at a time is copied, as the collection is walked. */
    @Override
    public Collection<TablePointer> tables() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<TablePointer> iterator() {
                return byId.values().stream().map(CatalogTable::pointer).iterator();
            }

            @Override
            public int size() {
                return byId.size();
            }
        };
    }

    @Override
    public Collection<DroppedTable> dropped() {
        return filesLeft.values();
    }

    /**
     * The names in one tenant's catalog.
     *
     * @param namespaces by levels
     * @param tables ids by namespace and name; no namespace without a table
     */
    public record TenantCatalog(
            TreePMap<List<String>, Namespace> namespaces, TreePMap<List<String>, TreePMap<String, UUID>> tables) {
        private static final Comparator<List<String>> LEVEL_BY_LEVEL = (one, other) -> {
            for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
                int order = one.get(i).compareTo(other.get(i));
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(one.size(), other.size());
        };

        static final TenantCatalog EMPTY =
                new TenantCatalog(TreePMap.empty(LEVEL_BY_LEVEL), TreePMap.empty(LEVEL_BY_LEVEL));

        boolean isEmpty() {
            return namespaces.isEmpty() && tables.isEmpty();
        }

        boolean isVacant(List<String> levels) {
            List<String> next = namespaces.higherKey(levels);
            return !tables.containsKey(levels)
                    && (next == null
                            || next.size() <= levels.size()
                            || !next.subList(0, levels.size()).equals(levels));
        }

        TreePMap<String, UUID> tables(List<String> namespace) {
            TreePMap<String, UUID> inside = tables.get(namespace);
            return inside == null ? TreePMap.<String, UUID>empty() : inside;
        }

        @Nullable UUID table(TableName name) {
            return tables(name.namespace()).get(name.name());
        }

        TenantCatalog with(Namespace namespace) {
            return new TenantCatalog(namespaces.plus(namespace.levels(), namespace), tables);
        }

        TenantCatalog without(List<String> levels) {
            return new TenantCatalog(namespaces.minus(levels), tables);
        }

        TenantCatalog with(TableName name, UUID table) {
            return new TenantCatalog(
                    namespaces,
                    tables.plus(name.namespace(), tables(name.namespace()).plus(name.name(), table)));
        }

        TenantCatalog without(TableName name) {
            TreePMap<String, UUID> left = tables(name.namespace()).minus(name.name());
            return new TenantCatalog(
                    namespaces, left.isEmpty() ? tables.minus(name.namespace()) : tables.plus(name.namespace(), left));
        }
    }
}
