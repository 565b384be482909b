package io.weir.lakehouse.feed;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.lakehouse.columns.WriterProperties;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data files of one commit: one open per table partition, few at once, the one that was opened first ended when
 * another is needed.
 *
 * <p>Threading: one thread at a time. Ownership: memory is taken while files are open. The first file's memory is taken
 * by the caller.
 */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);
    private static final int LENGTH_CHECK = 256;
    private static final int MOST_UNCHECKED_ROWS = 64;

    private final FeedContext context;
    private final Place place;
    private final int largestRecordBytes;
    private final UUID commit;
    private final Map<PartitionKey, DataWriter<Record>> open = new LinkedHashMap<>();
    private final List<DataFile> done = new ArrayList<>();
    private final List<String> begun = new ArrayList<>();
    private PartitionKey key;
    private InternalRecordWrapper wrapper;
    private boolean partitioned;
    private long rows;

    /** Where files go, and how they look. */
    record Place(StagedTable table, Epoch owner, String prefix) {
        Schema schema() {
            return table.current().schema();
        }

        PartitionSpec spec() {
            return table.current().spec();
        }
    }

    /**
     * No file is open yet.
     *
     * @param largestRecordBytes what one record may take, so that few of them are written before memory is looked at
     */
    OpenFiles(FeedContext context, Place place, int largestRecordBytes) {
        this.context = context;
        this.place = place;
        this.largestRecordBytes = Math.max(1, largestRecordBytes);
        this.commit = context.ids().get();
        this.key = new PartitionKey(place.spec(), place.schema());
        this.wrapper = new InternalRecordWrapper(place.schema().asStruct());
        this.partitioned = place.spec().isPartitioned();
    }

    /** The table's columns have changed: what is open is ended, and what follows has the new ones. */
    void changeColumns() {
        while (!open.isEmpty()) {
            endFirst();
        }
        key = new PartitionKey(place.spec(), place.schema());
        wrapper = new InternalRecordWrapper(place.schema().asStruct());
        partitioned = place.spec().isPartitioned();
    }

    /** Files that are done, or open. */
    int count() {
        return done.size() + open.size();
    }

    void write(Record row) {
        if (partitioned) {
            key.partition(wrapper.wrap(row));
        }
        DataWriter<Record> writer = open.get(key);
        if (writer == null) {
            writer = begin(key.copy());
        }
        writer.write(row);
        rows++;
        if (rows % LENGTH_CHECK == 0 && writer.length() >= context.config().fileBytes()) {
            open.remove(key);
            end(writer);
        }
    }

    private DataWriter<Record> begin(PartitionKey partition) {
        long bytes = context.config().openFileBytes();
        boolean room = open.isEmpty()
                || (open.size() < context.config().openFiles()
                        && context.memory().more(bytes));
        if (!room) {
            endFirst();
            if (!open.isEmpty() && !context.memory().more(bytes)) {
                while (!open.isEmpty()) {
                    endFirst();
                }
            }
        }
        DataWriter<Record> writer = writer(partition);
        open.put(partition, writer);
        return writer;
    }

    private DataWriter<Record> writer(PartitionKey partition) {
        String name = String.format(
                Locale.ROOT,
                "%s%08d-%s-%04d.parquet",
                place.prefix(),
                place.owner().value(),
                commit,
                begun.size());
        PartitionSpec spec = place.spec();
        StructLike where = spec.isPartitioned() ? partition : null;
        String location = where == null
                ? place.table().locationProvider().newDataLocation(name)
                : place.table().locationProvider().newDataLocation(spec, where, name);
        begun.add(location);
        try {
            return Parquet.writeData(place.table().io().newOutputFile(location))
                    .schema(place.schema())
                    .withSpec(spec)
                    .withPartition(where)
                    .setAll(properties())
                    .createWriterFunc(GenericParquetWriter::create)
                    .overwrite()
                    .build();
        } catch (IOException failure) {
            throw unavailable("Cannot begin " + location, failure);
        }
    }

    private Map<String, String> properties() {
        int rowGroup = context.config().rowGroupBytes();
        return WriterProperties.of(
                place.table().current().properties(),
                rowGroup,
                Math.clamp(rowGroup / largestRecordBytes, 1, MOST_UNCHECKED_ROWS));
    }

    private void endFirst() {
        Iterator<DataWriter<Record>> writers = open.values().iterator();
        DataWriter<Record> first = writers.next();
        writers.remove();
        end(first);
    }

    private void end(DataWriter<Record> writer) {
        if (!open.isEmpty()) {
            context.memory().giveBack(context.config().openFileBytes());
        }
        try {
            writer.close();
        } catch (IOException failure) {
            throw unavailable("Cannot end a data file", failure);
        }
        done.add(writer.toDataFile());
    }

    private static ServiceException unavailable(String what, IOException cause) {
        return new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, what + ": " + cause.getMessage(), cause);
    }

    /** Ends what is open. */
    List<DataFile> finish() {
        while (!open.isEmpty()) {
            endFirst();
        }
        return List.copyOf(done);
    }

    /** Ends what is open, and deletes every file: nothing refers to them, nor will. */
    void discard() {
        while (!open.isEmpty()) {
            try {
                endFirst();
            } catch (RuntimeException unfinished) {
                LOG.atDebug().setCause(unfinished).log("A data file that is not wanted could not be ended");
            }
        }
        for (String location : begun) {
            delete(location);
        }
    }

    private void delete(String location) {
        try {
            place.table().io().deleteFile(location);
        } catch (RuntimeException later) {
            LOG.atInfo()
                    .addKeyValue("location", location)
                    .setCause(later)
                    .log("A data file that is not wanted stays for the removal of orphans");
        }
    }
}
