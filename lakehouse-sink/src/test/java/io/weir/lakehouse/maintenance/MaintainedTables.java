package io.weir.lakehouse.maintenance;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.object.MemoryObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IdentityPartitionConverters;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PartitionUtil;

/** Tables of topics over metadata and objects in memory, whose data files hold numbered rows. */
final class MaintainedTables {
    static final Schema SCHEMA = new Schema(
            Types.NestedField.required(1, "_offset", Types.LongType.get()),
            Types.NestedField.optional(2, "_timestamp", Types.TimestampType.withZone()),
            Types.NestedField.optional(3, "value", Types.StringType.get()));
    static final PartitionSpec BY_DAY =
            PartitionSpec.builderFor(SCHEMA).day("_timestamp").build();
    static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    static final MaintenanceConfig CONFIG = config(Duration.ofMinutes(1), 1 << 20);

    final MemoryMetadata metadata = new MemoryMetadata();
    final MemoryObjectStore objects = new MemoryObjectStore();
    final WarehouseFiles files;
    final PointerCatalog catalog;
    private final MetadataFiles metadataFiles;
    private long written;

    MaintainedTables(Path staging) {
        this.files = new WarehouseFiles(Warehouse.of("weir", ""), objects, StorageConfig.stagingIn(staging));
        this.metadataFiles = new MetadataFiles(files);
        this.catalog = new PointerCatalog(
                new CatalogPorts(TenantId.DEFAULT, () -> metadata.image().tables(), metadata.tables(), metadataFiles));
        accept(metadata.tables()
                .createNamespace(TenantId.DEFAULT, new io.weir.contracts.table.Namespace(List.of("topics"), Map.of())));
    }

    static MaintenanceConfig config(Duration interval, int rowGroupBytes) {
        return new MaintenanceConfig(
                interval,
                512L << 20,
                128L << 20,
                16,
                20_000,
                1L << 30,
                rowGroupBytes,
                60,
                24,
                20,
                100,
                Duration.ofHours(1),
                Duration.ofMinutes(10),
                Duration.ofDays(3));
    }

    private static void accept(java.util.concurrent.CompletableFuture<? extends TableResult<?>> result) {
        if (!(result.join() instanceof TableResult.Accepted<?>)) {
            throw new IllegalStateException(String.valueOf(result.join()));
        }
    }

    /** A table of a new topic of one partition, at watermark 1000. */
    Table create(String topicName, int formatVersion, PartitionSpec spec, Map<String, String> config) {
        Topic topic = metadata.create(topicName, 1, config);
        UUID id = UUID.randomUUID();
        String location = "s3://weir/default/topics/" + topicName + "-" + id;
        Map<String, String> properties = new HashMap<>(PointerCatalog.TABLE_DEFAULTS);
        properties.put("format-version", Integer.toString(formatVersion));
        TableMetadata fresh = TableMetadata.newTableMetadata(SCHEMA, spec, location, properties);
        TableMetadata first = metadataFiles.write(
                TableMetadata.buildFrom(fresh).assignUUID(id.toString()).build(), 0);
        TableName name = new TableName(List.of("topics"), topicName);
        accept(metadata.tables().acquireFeed(topic.id(), new NodeId(0)));
        FeedAdvance advance = new FeedAdvance(
                name,
                topic.id(),
                new Epoch(1),
                new TreeMap<>(Map.of(topic.location(0).orElseThrow().stream(), new OffsetRange(0, 1000))));
        accept(metadata.tables()
                .commit(
                        TenantId.DEFAULT,
                        List.of(new TableChange.Create(
                                name, id, location, String.valueOf(first.metadataFileLocation()), topic.id())),
                        advance));
        return load(topicName);
    }

    Table load(String topicName) {
        return catalog.loadTable(TableIdentifier.of(Namespace.of("topics"), topicName));
    }

    TablePointer pointer(String topicName) {
        return metadata.image()
                .tables()
                .table(TenantId.DEFAULT, new TableName(List.of("topics"), topicName))
                .orElseThrow();
    }

    /** Appends so many files of so many rows, each in a commit of its own. */
    void append(Table table, int fileCount, int rowsEach, Instant time) {
        for (int i = 0; i < fileCount; i++) {
            table.newAppend().appendFile(file(table, rowsEach, time)).commit();
        }
    }

    DataFile file(Table table, int rows, Instant time) {
        GenericRecord row = GenericRecord.create(table.schema());
        row.setField("_timestamp", OffsetDateTime.ofInstant(time, ZoneOffset.UTC));
        PartitionKey partition = new PartitionKey(table.spec(), table.schema());
        partition.partition(new InternalRecordWrapper(table.schema().asStruct()).wrap(row));
        String location = table.location() + "/data/" + UUID.randomUUID() + ".parquet";
        try {
            DataWriter<Record> writer = Parquet.writeData(table.io().newOutputFile(location))
                    .schema(table.schema())
                    .withSpec(table.spec())
                    .withPartition(table.spec().isPartitioned() ? partition : null)
                    .createWriterFunc(GenericParquetWriter::create)
                    .overwrite()
                    .build();
            try (writer) {
                for (int i = 0; i < rows; i++) {
                    row.setField("_offset", written);
                    row.setField("value", "value of " + written++);
                    writer.write(row);
                }
            }
            return writer.toDataFile();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A file that is in the table, but not in the store. */
    static DataFile imaginary(Table table, String name, long bytes) {
        return DataFiles.builder(table.spec())
                .withPath(table.location() + "/data/" + name + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(bytes)
                .withSplitOffsets(List.of(4L))
                .withRecordCount(10)
                .build();
    }

    static void appendImaginary(Table table, int count, long bytes) {
        AppendFiles append = table.newAppend();
        for (int i = 0; i < count; i++) {
            append.appendFile(imaginary(table, UUID.randomUUID().toString(), bytes));
        }
        append.commit();
    }

    static List<FileScanTask> tasks(Table table) {
        List<FileScanTask> found = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
            tasks.forEach(found::add);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        return found;
    }

    /** Every row as text, with its id where the format has ids, in order. */
    static List<String> rows(Table table) {
        Schema schema = TableUtil.supportsRowLineage(table)
                ? MetadataColumns.schemaWithRowLineage(table.schema())
                : table.schema();
        List<String> rows = new ArrayList<>();
        for (FileScanTask task : tasks(table)) {
            Map<Integer, ?> constants = PartitionUtil.constantsMap(task, IdentityPartitionConverters::convertConstant);
            try (CloseableIterable<Record> read = Parquet.read(table.io().newInputFile(task.file()))
                    .project(schema)
                    .createReaderFunc(file -> GenericParquetReaders.buildReader(schema, file, constants))
                    .build()) {
                read.forEach(row -> rows.add(row.toString()));
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        }
        rows.sort(null);
        return rows;
    }

    /** The files below the table's location, by the end of their names. */
    List<String> stored(String location, String suffix) {
        return objects.objects().stream()
                .map(ObjectKey::value)
                .map(key -> "s3://weir/" + key)
                .filter(file -> file.startsWith(location + "/") && file.endsWith(suffix))
                .toList();
    }
}
