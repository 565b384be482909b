package io.weir.lakehouse.feed;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TableName;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.catalog.TopicNamespaces;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.metrics.MetricsReporter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata files of a commit: of the topic's table, and of its dead letters when there are any.
 *
 * <p>Threading: one thread at a time.
 */
final class StagedCommit {
    private static final Logger LOG = LoggerFactory.getLogger(StagedCommit.class);
    /** A commit that moves more partitions does not name each. */
    private static final int MOST_NAMED = 16;

    /** The feed has meters of its own. */
    private static final MetricsReporter UNREPORTED = report -> {};

    private final FeedContext context;
    private final FeedSession session;
    private final List<StagedTable> attempt = new ArrayList<>();
    private @Nullable OpenFiles letterFiles;

    StagedCommit(FeedContext context, FeedSession session) {
        this.context = context;
        this.session = session;
    }

    /** Writes the metadata, and returns what is to be committed. */
    List<TableChange> stage(List<DataFile> files) {
        attempt.clear();
        List<TableChange> changes = new ArrayList<>();
        TopicTable table = session.table();
        StagedTable staged = table.staged().copy();
        append(table.name(), staged, files);
        changes.add(write(table.name(), table.id(), table.pointer(), staged));
        if (!session.letters().rows().isEmpty()) {
            changes.add(stageLetters(table.topic()));
        }
        return changes;
    }

    private TableChange write(TableName name, UUID id, @Nullable TablePointer pointer, StagedTable staged) {
        attempt.add(staged);
        TableMetadata metadata = staged.write();
        return pointer == null
                ? new TableChange.Create(
                        name,
                        id,
                        metadata.location(),
                        metadata.metadataFileLocation(),
                        session.table().topic().id())
                : new TableChange.Replace(name, id, pointer.metadataLocation(), metadata.metadataFileLocation());
    }

    private void append(TableName name, StagedTable staged, List<DataFile> files) {
        Transaction transaction = Transactions.newTransaction(name.toString(), staged, UNREPORTED);
        Map<String, String> gaps = session.gaps().added(staged.current().properties());
        if (!gaps.isEmpty()) {
            UpdateProperties properties = transaction.updateProperties();
            gaps.forEach(properties::set);
            properties.commit();
        }
        AppendFiles append = transaction.newAppend();
        files.forEach(append::appendFile);
        append.set("weir.epoch", Integer.toString(session.owner().value()));
        append.set("weir.records", Long.toString(session.records()));
        if (session.badRecords() > 0) {
            append.set("weir.bad-records", Long.toString(session.badRecords()));
        }
        Map<StreamId, OffsetRange> moves = session.advance().moves();
        if (moves.size() <= MOST_NAMED) {
            append.set("weir.offsets", offsets(session.table().topic(), moves));
        }
        append.commit();
        transaction.commitTransaction();
    }

    /** For people: partition, and from where to where. */
    private static String offsets(Topic topic, Map<StreamId, OffsetRange> moves) {
        List<String> ranges = new ArrayList<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            OffsetRange move = moves.get(topic.location(partition).orElseThrow().stream());
            if (move != null) {
                ranges.add(partition + ":" + move.from() + ".." + move.to());
            }
        }
        return String.join(",", ranges);
    }

    private TableChange stageLetters(Topic topic) {
        TableName name = TopicNamespaces.deadLetters(topic);
        TablePointer pointer = context.ports()
                .metadata()
                .image()
                .tables()
                .table(topic.tenant(), name)
                .orElse(null);
        if (pointer != null && !topic.id().equals(pointer.topic())) {
            throw new ServiceException(
                    FailureCode.INTERNAL, "Table " + name + " is somebody's own: dead letters have no place");
        }
        UUID id = pointer == null ? context.ids().get() : pointer.table();
        TableMetadata base = pointer == null
                ? newLetters(topic, name, id)
                : context.ports().metadataFiles().read(pointer.metadataLocation());
        StagedTable staged = new StagedTable(context.ports().metadataFiles(), base);
        discardLetters();
        OpenFiles files = new OpenFiles(
                context,
                new OpenFiles.Place(staged, session.owner(), "e"),
                topic.config().maxMessageBytes());
        letterFiles = files;
        DeadLetterRows rows = new DeadLetterRows(base.schema());
        for (Record row : session.letters().rows()) {
            files.write(rows.in(row));
        }
        Transaction transaction = Transactions.newTransaction(name.toString(), staged, UNREPORTED);
        AppendFiles append = transaction.newAppend();
        files.finish().forEach(append::appendFile);
        append.commit();
        transaction.commitTransaction();
        return write(name, id, pointer, staged);
    }

    private TableMetadata newLetters(Topic topic, TableName name, UUID id) {
        Map<String, String> properties = TopicTable.standardProperties();
        properties.put(TopicTable.TOPIC, topic.name());
        String location =
                TopicNamespaces.location(context.ports().files().warehouse().root(), topic, name, id);
        return TopicTable.withId(
                TableMetadata.newTableMetadata(
                        DeadLetterColumns.SCHEMA, PartitionSpec.unpartitioned(), location, properties),
                id);
    }

    /** Deletes the metadata of an attempt that certainly failed. */
    void discardAttempt() {
        for (StagedTable staged : attempt) {
            try {
                staged.discard();
            } catch (RuntimeException later) {
                LOG.atInfo().setCause(later).log("Metadata files that are not wanted stay for the removal of orphans");
            }
        }
        attempt.clear();
    }

    /** Deletes everything of a commit that certainly failed, but the topic's own data files. */
    void discard() {
        discardAttempt();
        discardLetters();
    }

    private void discardLetters() {
        OpenFiles files = letterFiles;
        letterFiles = null;
        if (files != null) {
            files.discard();
        }
    }

    /** After the commit: metadata files that the tables no longer list. */
    void deleteOldMetadata() {
        attempt.forEach(StagedTable::deleteOldMetadata);
    }
}
