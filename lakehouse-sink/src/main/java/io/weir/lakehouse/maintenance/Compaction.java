package io.weir.lakehouse.maintenance;

import io.weir.lakehouse.columns.WriterProperties;
import io.weir.lakehouse.maintenance.CompactionPlan.Merge;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.data.IdentityPartitionConverters;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.util.PartitionUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes small data files anew as large ones, row by row, and commits that: rows are what they were, with their ids
 * where the table's format has them, and the commit fails when one of the files has been changed meanwhile.
 *
 * <p>Threading: one thread at a time. Memory: one row group that is read, one that is written.
 */
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
    private static final int ROWS_BEFORE_SIZE_CHECK = 16;
    private static final int LEAST_FORMAT_VERSION = 2;

    private final MaintenanceConfig config;

    Compaction(MaintenanceConfig config) {
        this.config = config;
    }

    /**
     * What was merged.
     *
     * @param before how many files were
     * @param after how many they have become
     */
    record Outcome(int before, int after, long bytesBefore, long bytesAfter) {
        static final Outcome NOTHING = new Outcome(0, 0, 0, 0);

        Outcome plus(Outcome other) {
            return new Outcome(
                    before + other.before,
                    after + other.after,
                    bytesBefore + other.bytesBefore,
                    bytesAfter + other.bytesAfter);
        }
    }

    /**
     * Merged files that are not in the table yet.
     *
     * @param base what they were made of
     */
    record Prepared(Snapshot base, List<Merge> merges, List<DataFile> outputs) {}

    /**
     * Does one commit's worth.
     *
     * @param settledUpTo see {@link CompactionPlan}
     * @param all see {@link CompactionPlan}
     */
    Outcome run(Table table, long settledUpTo, boolean all) {
        return prepare(table, settledUpTo, all)
                .map(prepared -> commit(table, prepared))
                .orElse(Outcome.NOTHING);
    }

    /** Writes the files; empty when there is nothing to merge. */
    Optional<Prepared> prepare(Table table, long settledUpTo, boolean all) {
        Snapshot snapshot = table.currentSnapshot();
        if (snapshot == null || TableUtil.formatVersion(table) < LEAST_FORMAT_VERSION) {
            return Optional.empty();
        }
        List<Merge> merges =
                CompactionPlan.of(table, snapshot, config, settledUpTo, all).merges();
        List<String> begun = new ArrayList<>();
        List<DataFile> outputs = new ArrayList<>();
        try {
            for (Merge merge : merges) {
                outputs.add(merged(table, merge, begun));
            }
        } catch (RuntimeException uncommitted) {
            begun.forEach(location -> delete(table, location));
            throw uncommitted;
        }
        return merges.isEmpty() ? Optional.empty() : Optional.of(new Prepared(snapshot, merges, outputs));
    }

    /** @throws ValidationException when one of the files has been changed meanwhile */
    Outcome commit(Table table, Prepared prepared) {
        RewriteFiles rewrite = table.newRewrite()
                .validateFromSnapshot(prepared.base().snapshotId())
                .dataSequenceNumber(prepared.base().sequenceNumber());
        int inputs = 0;
        for (Merge merge : prepared.merges()) {
            merge.inputs().forEach(input -> rewrite.deleteFile(input.file()));
            inputs += merge.inputs().size();
        }
        prepared.outputs().forEach(rewrite::addFile);
        try {
            rewrite.commit();
        } catch (CommitFailedException | ValidationException | NoSuchTableException certain) {
            prepared.outputs().forEach(output -> delete(table, output.location()));
            throw certain;
        }
        return new Outcome(
                inputs,
                prepared.outputs().size(),
                prepared.merges().stream().mapToLong(Merge::bytes).sum(),
                prepared.outputs().stream().mapToLong(DataFile::fileSizeInBytes).sum());
    }

    private DataFile merged(Table table, Merge merge, List<String> begun) {
        Schema schema = TableUtil.supportsRowLineage(table)
                ? MetadataColumns.schemaWithRowLineage(table.schema())
                : table.schema();
        StructLike partition = table.spec().isPartitioned() ? merge.partition() : null;
        String name = "c-" + UUID.randomUUID() + ".parquet";
        String location = partition == null
                ? table.locationProvider().newDataLocation(name)
                : table.locationProvider().newDataLocation(table.spec(), partition, name);
        begun.add(location);
        try {
            DataWriter<Record> writer = Parquet.writeData(table.io().newOutputFile(location))
                    .schema(schema)
                    .withSpec(table.spec())
                    .withPartition(partition)
                    .setAll(WriterProperties.of(table.properties(), config.rowGroupBytes(), ROWS_BEFORE_SIZE_CHECK))
                    .createWriterFunc(GenericParquetWriter::create)
                    .overwrite()
                    .build();
            try (writer) {
                for (FileScanTask input : merge.inputs()) {
                    copy(table, schema, input, writer);
                }
            }
            return writer.toDataFile();
        } catch (IOException failure) {
            throw new UncheckedIOException("Cannot merge files of " + table.name(), failure);
        }
    }

    private static void copy(Table table, Schema schema, FileScanTask input, DataWriter<Record> writer)
            throws IOException {
        Map<Integer, ?> constants = PartitionUtil.constantsMap(input, IdentityPartitionConverters::convertConstant);
        try (CloseableIterable<Record> rows = Parquet.read(table.io().newInputFile(input.file()))
                .project(schema)
                .createReaderFunc(file -> GenericParquetReaders.buildReader(schema, file, constants))
                .build()) {
            for (Record row : rows) {
                writer.write(row);
            }
        }
    }

    private static void delete(Table table, String location) {
        try {
            table.io().deleteFile(location);
        } catch (RuntimeException later) {
            LOG.atInfo()
                    .addKeyValue("location", location)
                    .setCause(later)
                    .log("A data file that is not wanted stays for the removal of orphans");
        }
    }
}
