package io.weir.lakehouse.feed;

import io.weir.contracts.metadata.TableConfig;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.catalog.TopicNamespaces;
import io.weir.lakehouse.columns.RowMaker;
import io.weir.lakehouse.columns.SystemColumns;
import io.weir.lakehouse.columns.ValueColumns;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.UpdatePartitionSpec;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Term;
import org.jspecify.annotations.Nullable;

/**
 * A topic's table on the way to its next commit: its metadata, with the columns and the partitioning that the records
 * of the commit need.
 *
 * <p>Threading: one thread at a time.
 */
final class TopicTable {
    /** What the topic's setting was when the partitioning was last made after it. */
    static final String PARTITION_BY = "weir.partition-by";

    static final String TOPIC = "weir.topic";

    private final FeedContext context;
    private final Topic topic;
    private final TableName name;
    private final UUID id;
    private final @Nullable TablePointer pointer;
    private final StagedTable staged;
    private final ValueColumns values;
    private final List<Schema> grown = new ArrayList<>();

    private TopicTable(FeedContext context, Topic topic, @Nullable TablePointer pointer) {
        this.context = context;
        this.topic = topic;
        this.pointer = pointer;
        this.name = pointer == null ? TopicNamespaces.table(topic) : pointer.name();
        this.id = pointer == null ? context.ids().get() : pointer.table();
        TableConfig config = topic.config().table();
        var schemas = context.ports().schemas().apply(topic.tenant());
        if (pointer == null) {
            this.values = ValueColumns.of(config.valueFormat(), config.effectiveFormatVersion(), null, schemas);
            this.staged = new StagedTable(context.ports().metadataFiles(), created());
        } else {
            TableMetadata present = context.ports().metadataFiles().read(pointer.metadataLocation());
            this.values = ValueColumns.of(config.valueFormat(), present.formatVersion(), present.schema(), schemas);
            this.staged = new StagedTable(context.ports().metadataFiles(), present);
            growTo(RowMaker.columns(values));
            repartition(config);
        }
    }

    /**
     * The table as it is, or is to be.
     *
     * @param pointer null when there is none
     */
    static TopicTable of(FeedContext context, Topic topic, @Nullable TablePointer pointer) {
        return new TopicTable(context, topic, pointer);
    }

    /**
     * The same on another base, after somebody else's commit; the columns that were grown are grown again, then and on
     * every base after that one.
     */
    TopicTable rebased(TablePointer on) {
        TopicTable table = new TopicTable(context, topic, on);
        grown.forEach(table::grow);
        return table;
    }

    private TableMetadata created() {
        TableConfig config = topic.config().table();
        Map<String, String> properties = standardProperties();
        properties.put(TableProperties.FORMAT_VERSION, Integer.toString(config.effectiveFormatVersion()));
        properties.put(TOPIC, topic.name());
        properties.put(PARTITION_BY, label(config.partitionBy()));
        Schema schema = RowMaker.columns(values);
        PartitionSpec.Builder spec = PartitionSpec.builderFor(schema);
        PartitionSpec made = switch (config.partitionBy()) {
            case NONE -> spec.build();
            case HOUR -> spec.hour(SystemColumns.TIMESTAMP).build();
            case DAY -> spec.day(SystemColumns.TIMESTAMP).build();
            case MONTH -> spec.month(SystemColumns.TIMESTAMP).build();
        };
        String location =
                TopicNamespaces.location(context.ports().files().warehouse().root(), topic, name, id);
        return withId(TableMetadata.newTableMetadata(schema, made, location, properties), id);
    }

    static TableMetadata withId(TableMetadata made, UUID id) {
        return TableMetadata.buildFromEmpty(made.formatVersion())
                .assignUUID(id.toString())
                .setLocation(made.location())
                .setCurrentSchema(made.schema(), made.lastColumnId())
                .setDefaultPartitionSpec(made.spec())
                .setDefaultSortOrder(made.sortOrder())
                .setProperties(made.properties())
                .discardChanges()
                .build();
    }

    /** What every table of Weir's begins with; as many metadata files are kept as snapshots. */
    static Map<String, String> standardProperties() {
        Map<String, String> properties = new HashMap<>(PointerCatalog.TABLE_DEFAULTS);
        properties.put(TableProperties.PARQUET_COMPRESSION, "zstd");
        properties.put(TableProperties.MAX_SNAPSHOT_AGE_MS, "3600000");
        properties.put(TableProperties.MIN_SNAPSHOTS_TO_KEEP, "30");
        return properties;
    }

    private static String label(TableConfig.PartitionBy by) {
        return by.name().toLowerCase(Locale.ROOT);
    }

    /** Follows the topic's setting where it has changed; what a user made of the partitioning otherwise stays. */
    private void repartition(TableConfig config) {
        TableMetadata present = staged.current();
        String wanted = label(config.partitionBy());
        if (wanted.equals(present.properties().getOrDefault(PARTITION_BY, wanted))) {
            return;
        }
        BaseTable table = new BaseTable(staged, name.toString());
        UpdatePartitionSpec update = table.updateSpec();
        present.spec().fields().forEach(field -> update.removeField(field.name()));
        Term term = switch (config.partitionBy()) {
            case NONE -> null;
            case HOUR -> Expressions.hour(SystemColumns.TIMESTAMP);
            case DAY -> Expressions.day(SystemColumns.TIMESTAMP);
            case MONTH -> Expressions.month(SystemColumns.TIMESTAMP);
        };
        if (term != null) {
            update.addField(term);
        }
        update.commit();
        table.updateProperties().set(PARTITION_BY, wanted).commit();
    }

    /** Adds and widens columns, by name. */
    void grow(Schema wanted) {
        growTo(wanted);
        grown.add(wanted);
    }

    private void growTo(Schema wanted) {
        new BaseTable(staged, name.toString())
                .updateSchema()
                .unionByNameWith(wanted)
                .commit();
    }

    RowMaker rowMaker() {
        return new RowMaker(values, staged.current().schema());
    }

    StagedTable staged() {
        return staged;
    }

    TableName name() {
        return name;
    }

    UUID id() {
        return id;
    }

    Topic topic() {
        return topic;
    }

    @Nullable TablePointer pointer() {
        return pointer;
    }
}
