package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableImage.DroppedTable;
import io.weir.contracts.table.TableName;
import io.weir.metadata.command.TableCommand;
import io.weir.metadata.image.CatalogTable;
import io.weir.metadata.image.Catalogs;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.FeedOwnership;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Random commands about tables, of feeders and users who know the present or a former image, and what must hold
 * whatever becomes of them. Which offsets a metadata file's table has is remembered as the file is made up, so that
 * each image can be asked whether every offset below the watermark is in the table once.
 */
final class TableTraffic {
    private static final List<List<String>> NAMESPACES = List.of(List.of("a"), List.of("b"), List.of("a", "c"));

    private final Random random;
    private final Map<String, MetadataFile> files = new HashMap<>();
    private ClusterImage memory = ClusterImage.EMPTY;
    private ClusterImage last = ClusterImage.EMPTY;

    /**
     * What a metadata file's table is made of.
     *
     * @param owner under whose epoch it was made, 0 when it was a user
     */
    private record MetadataFile(int owner, Map<StreamId, List<OffsetRange>> rows) {}

    TableTraffic(Random random) {
        this.random = random;
    }

    TableCommand command(ClusterImage present, TenantId tenant) {
        if (random.nextInt(8) == 0) {
            memory = present;
        }
        ClusterImage image = random.nextInt(4) == 0 ? memory : present;
        List<String> levels = NAMESPACES.get(random.nextInt(NAMESPACES.size()));
        return switch (random.nextInt(12)) {
            case 0, 1 -> new TableCommand.CreateNamespace(tenant, new Namespace(levels, Map.of()));
            case 2 ->
                random.nextBoolean()
                        ? new TableCommand.DropNamespace(tenant, levels)
                        : new TableCommand.AlterNamespace(
                                tenant, levels, new TreeMap<>(Map.of("k", "" + random.nextInt(3))));
            case 3, 4 ->
                new TableCommand.AcquireFeed(
                        anyTopic(image).map(Topic::id).orElse(new TopicId(new UUID(9, 9))),
                        new NodeId(random.nextInt(3)));
            case 5, 6, 7, 8 ->
                anyTopic(image)
                        .<TableCommand>map(topic -> fed(image, topic, levels))
                        .orElseGet(() -> forget(image));
            default -> used(image, tenant, levels);
        };
    }

    private java.util.Optional<Topic> anyTopic(ClusterImage image) {
        List<Topic> topics = List.copyOf(image.topics());
        return topics.isEmpty()
                ? java.util.Optional.empty()
                : java.util.Optional.of(topics.get(random.nextInt(topics.size())));
    }

    private TableCommand fed(ClusterImage image, Topic topic, List<String> levels) {
        FeedOwnership feed = image.tables().feeds().get(topic.id());
        Epoch owner = feed == null ? new Epoch(random.nextInt(2)) : feed.epoch();
        CatalogTable table = image.tables().fed(topic.id()).orElse(null);
        SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
        for (int count = random.nextInt(3); count >= 0; count--) {
            StreamId stream =
                    new StreamId(topic.blocks().getFirst().firstStream().value()
                            + random.nextInt(topic.blocks().getFirst().count()));
            long from = (table == null ? 0 : table.watermark(stream)) + (random.nextInt(9) == 0 ? 1 : 0);
            moves.put(stream, new OffsetRange(from, from + random.nextInt(20)));
        }
        List<TableChange> changes = new ArrayList<>();
        changes.add(
                table == null
                        ? create(new TableName(levels, topic.name()), topic.id(), owner.value(), moves)
                        : replace(table, owner.value(), moves));
        if (random.nextInt(3) == 0) {
            changes.add(deadLetters(image, topic, levels, owner.value()));
        }
        return new TableCommand.Commit(
                topic.tenant(), changes, new FeedAdvance(changes.getFirst().name(), topic.id(), owner, moves));
    }

    private TableChange deadLetters(ClusterImage image, Topic topic, List<String> levels, int owner) {
        return image.tables().of(topic.id()).stream()
                .filter(table -> !table.fed())
                .findFirst()
                .<TableChange>map(table -> replace(table, owner, new TreeMap<>()))
                .orElseGet(() ->
                        create(new TableName(levels, "dead " + topic.name()), topic.id(), owner, new TreeMap<>()));
    }

    /** What users do, with their own tables and with those of topics. */
    private TableCommand used(ClusterImage image, TenantId tenant, List<String> levels) {
        TableName mine = new TableName(levels, "mine" + random.nextInt(3));
        List<CatalogTable> tables = List.copyOf(image.tables().byId().values());
        if (tables.isEmpty() || random.nextInt(4) == 0) {
            return new TableCommand.Commit(tenant, List.of(create(mine, null, 0, new TreeMap<>())), null);
        }
        CatalogTable table = tables.get(random.nextInt(tables.size()));
        TenantId owner = table.written().tenant();
        return switch (random.nextInt(6)) {
            case 0 -> new TableCommand.RenameTable(owner, table.name(), mine);
            case 1 -> new TableCommand.DropTable(owner, table.name(), table.id(), random.nextBoolean());
            case 2 -> forget(image);
            default -> new TableCommand.Commit(owner, List.of(replace(table, 0, new TreeMap<>())), null);
        };
    }

    private TableCommand forget(ClusterImage image) {
        return new TableCommand.ForgetDropped(image.tables().dropped().stream()
                .map(DroppedTable::table)
                .findFirst()
                .orElse(new UUID(9, 9)));
    }

    private TableChange create(
            TableName name, @Nullable TopicId topic, int owner, SortedMap<StreamId, OffsetRange> moves) {
        UUID table = new UUID(random.nextLong(), random.nextLong());
        return new TableChange.Create(name, table, "l" + table, file(owner, Map.of(), moves), topic);
    }

    private TableChange replace(CatalogTable table, int owner, SortedMap<StreamId, OffsetRange> moves) {
        Map<StreamId, List<OffsetRange>> before = present(table).rows();
        return new TableChange.Replace(table.name(), table.id(), table.metadataLocation(), file(owner, before, moves));
    }

    private String file(int owner, Map<StreamId, List<OffsetRange>> before, SortedMap<StreamId, OffsetRange> moves) {
        Map<StreamId, List<OffsetRange>> rows = new HashMap<>(before);
        moves.forEach((stream, range) -> {
            List<OffsetRange> ranges = new ArrayList<>(rows.getOrDefault(stream, List.of()));
            ranges.add(range);
            rows.put(stream, ranges);
        });
        String name = "m" + files.size();
        files.put(name, new MetadataFile(owner, rows));
        return name;
    }

    private MetadataFile present(CatalogTable table) {
        MetadataFile file = files.get(table.metadataLocation());
        assertThat(file).as("the file %s", table.metadataLocation()).isNotNull();
        return file;
    }

    /** The process began anew: it may show former images again. */
    void restarted() {
        last = ClusterImage.EMPTY;
    }

    void check(ClusterImage image) {
        Catalogs tables = image.tables();
        int ofUsers = 0;
        for (CatalogTable table : tables.byId().values()) {
            check(image, table);
            ofUsers += table.topic() == null ? 1 : 0;
        }
        assertThat(tables.ofUsers()).isEqualTo(ofUsers);
        assertThat(tables.namespaces())
                .isEqualTo(tables.byTenant().values().stream()
                        .mapToInt(tenant -> tenant.namespaces().size())
                        .sum());
        tables.feeds().keySet().forEach(topic -> assertThat(image.topic(topic)).isPresent());
        last = image;
    }

    private void check(ClusterImage image, CatalogTable table) {
        TenantId tenant = table.written().tenant();
        assertThat(image.tables().find(tenant, table.name())).isSameAs(table);
        assertThat(image.tables().namespace(tenant, table.name().namespace())).isPresent();
        assertThat(image.tables().filesLeft()).doesNotContainKey(table.id());
        TopicId topic = table.topic();
        if (topic != null) {
            assertThat(image.topic(topic)).as("the topic of %s", table.name()).isPresent();
            List<CatalogTable> ofTopic = image.tables().of(topic);
            assertThat(ofTopic).contains(table).hasSizeLessThanOrEqualTo(2);
            assertThat(ofTopic.stream().filter(CatalogTable::fed).count()).isLessThanOrEqualTo(1);
        }
        checkRows(table);
        checkSince(table);
    }

    /** Every offset below the watermark is in the table once, and nothing else is. */
    private void checkRows(CatalogTable table) {
        Map<StreamId, List<OffsetRange>> rows = present(table).rows();
        assertThat(table.fed() || table.watermark().isEmpty()).isTrue();
        assertThat(rows.keySet()).containsAll(table.watermark().keySet());
        rows.forEach((stream, ranges) -> {
            long next = 0;
            for (OffsetRange range : ranges.stream()
                    .sorted(Comparator.comparingLong(OffsetRange::from).thenComparingLong(OffsetRange::to))
                    .toList()) {
                assertThat(range.from()).as("ranges %s of %s", ranges, stream).isEqualTo(next);
                next = range.to();
            }
            assertThat(table.watermark(stream))
                    .as("ranges %s of %s", ranges, stream)
                    .isEqualTo(next);
        });
    }

    private void checkSince(CatalogTable table) {
        CatalogTable before = last.tables().byId().get(table.id());
        TopicId topic = table.topic();
        if (before == null || topic == null) {
            return;
        }
        before.watermark()
                .forEach((stream, next) -> assertThat(table.watermark(stream))
                        .as("the watermark of %s", stream)
                        .isGreaterThanOrEqualTo(next));
        FeedOwnership feed = last.tables().feeds().get(topic);
        int owner = present(table).owner();
        if (owner > 0
                && feed != null
                && table.fed()
                && !table.metadataLocation().equals(before.metadataLocation())) {
            assertThat(owner)
                    .as("the epoch that wrote %s", table.metadataLocation())
                    .isGreaterThanOrEqualTo(feed.epoch().value());
        }
    }
}
