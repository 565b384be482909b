package io.weir.testsupport.metadata;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Tables at one version of {@link MemoryMetadata}.
 *
 * @param fed the table that has a topic's watermark
 * @param owners the last epoch given out to feed a topic
 */
record MemoryTableImage(
        NavigableMap<NamespaceKey, Namespace> byLevels,
        NavigableMap<TableKey, TablePointer> byName,
        Map<TopicId, UUID> fed,
        Map<TopicId, Epoch> owners,
        Map<UUID, DroppedTable> droppedById)
        implements TableImage {
    static final MemoryTableImage EMPTY =
            new MemoryTableImage(new TreeMap<>(), new TreeMap<>(), Map.of(), Map.of(), Map.of());

    private static final Comparator<List<String>> LEVEL_BY_LEVEL = (one, other) -> {
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            int order = one.get(i).compareTo(other.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(one.size(), other.size());
    };

    record NamespaceKey(TenantId tenant, List<String> levels) implements Comparable<NamespaceKey> {
        private static final Comparator<NamespaceKey> ORDER = Comparator.comparing(
                        (NamespaceKey key) -> key.tenant().name())
                .thenComparing(NamespaceKey::levels, LEVEL_BY_LEVEL);

        @Override
        public int compareTo(NamespaceKey other) {
            return ORDER.compare(this, other);
        }
    }

    record TableKey(NamespaceKey namespace, String name) implements Comparable<TableKey> {
        private static final Comparator<TableKey> ORDER =
                Comparator.comparing(TableKey::namespace).thenComparing(TableKey::name);

        static TableKey of(TenantId tenant, TableName name) {
            return new TableKey(new NamespaceKey(tenant, name.namespace()), name.name());
        }

        @Override
        public int compareTo(TableKey other) {
            return ORDER.compare(this, other);
        }
    }

    MemoryTableImage {
        byLevels = Collections.unmodifiableNavigableMap(new TreeMap<>(byLevels));
        byName = Collections.unmodifiableNavigableMap(new TreeMap<>(byName));
        fed = Map.copyOf(fed);
        owners = Map.copyOf(owners);
        droppedById = Map.copyOf(droppedById);
    }

    @Override
    public Optional<Namespace> namespace(TenantId tenant, List<String> levels) {
        return Optional.ofNullable(byLevels.get(new NamespaceKey(tenant, levels)));
    }

    @Override
    public Collection<Namespace> namespaces(TenantId tenant) {
        return byLevels.entrySet().stream()
                .filter(entry -> entry.getKey().tenant().equals(tenant))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public Optional<TablePointer> table(TenantId tenant, TableName name) {
        return Optional.ofNullable(byName.get(TableKey.of(tenant, name)));
    }

    @Override
    public Collection<TablePointer> tables(TenantId tenant, List<String> namespace) {
        NamespaceKey key = new NamespaceKey(tenant, namespace);
        return byName.entrySet().stream()
                .filter(entry -> entry.getKey().namespace().equals(key))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public Optional<TablePointer> tableOf(TopicId topic) {
        UUID table = fed.get(topic);
        return byName.values().stream()
                .filter(pointer -> pointer.table().equals(table))
                .findFirst();
    }

    @Override
    public Collection<TablePointer> tables() {
        return byName.values();
    }

    @Override
    public Collection<DroppedTable> dropped() {
        return droppedById.values();
    }
}
