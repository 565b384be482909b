package io.weir.objecttier.sample;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Tables of topics, as far as their watermarks are concerned. */
record FixedTables(Map<TopicId, Map<StreamId, Long>> watermarks) implements TableImage {
    @Override
    public Optional<TablePointer> tableOf(TopicId topic) {
        return Optional.ofNullable(watermarks.get(topic))
                .map(watermark -> new TablePointer(
                        TenantId.DEFAULT,
                        new TableName(List.of("topics"), topic.toString()),
                        new UUID(2, 2),
                        "location",
                        "metadata",
                        topic,
                        new TreeMap<>(watermark)));
    }

    @Override
    public Collection<TablePointer> tables() {
        return watermarks.keySet().stream()
                .map(this::tableOf)
                .flatMap(Optional::stream)
                .toList();
    }

    @Override
    public Optional<Namespace> namespace(TenantId tenant, List<String> levels) {
        return Optional.empty();
    }

    @Override
    public Collection<Namespace> namespaces(TenantId tenant) {
        return List.of();
    }

    @Override
    public Optional<TablePointer> table(TenantId tenant, TableName name) {
        return Optional.empty();
    }

    @Override
    public Collection<TablePointer> tables(TenantId tenant, List<String> namespace) {
        return List.of();
    }

    @Override
    public Collection<DroppedTable> dropped() {
        return List.of();
    }
}
