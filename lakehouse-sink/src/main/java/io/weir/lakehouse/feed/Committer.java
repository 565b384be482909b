package io.weir.lakehouse.feed;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableChange;
import io.weir.contracts.table.TablePointer;
import io.weir.contracts.table.TableResult;
import io.weir.contracts.table.TableResult.Accepted;
import io.weir.contracts.table.TableResult.Rejected;
import io.weir.contracts.table.TableResult.Rejection;
import io.weir.lakehouse.catalog.TopicNamespaces;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.types.Type;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a topic's table, its dead letters and its watermark in one step, or not at all.
 *
 * <p>Threading: one thread at a time. An outcome that could not be learned is made certain: a new epoch is acquired,
 * behind which the commit can no longer happen, and the pointer says whether it had.
 */
final class Committer {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    /** How often a commit is staged again because somebody else was faster. */
    static final int MOST_ATTEMPTS = 8;

    private final FeedContext context;
    private final FeedSession session;
    private final TenantId tenant;
    /** What the session's files were written for; they stay as they are, however often the table is another. */
    private final TableMetadata written;

    Committer(FeedContext context, FeedSession session) {
        this.context = context;
        this.session = session;
        this.tenant = session.table().topic().tenant();
        this.written = session.table().staged().current();
    }

    /** What became of a commit. */
    sealed interface Outcome {
        /**
         * It is done.
         *
         * @param owner the epoch to go on with
         */
        record Done(Epoch owner) implements Outcome {}

        /**
         * It did not happen, nor will it; its files are deleted. The next session begins where the table is.
         *
         * @param owner the epoch to go on with
         */
        record Again(Epoch owner, String reason) implements Outcome {}

        /** Another owner feeds the topic. */
        record Fenced() implements Outcome {}

        /** The topic is gone. */
        record Gone() implements Outcome {}

        /** Whether it happened is not known: the files stay, and a new epoch has to be acquired. */
        record Unknown(ServiceException cause) implements Outcome {}
    }

    /** Ends the session's files and commits them. When it throws, nothing was committed, and the files are deleted. */
    Outcome commit() {
        StagedCommit staged = new StagedCommit(context, session);
        try {
            List<DataFile> files = session.files().finish();
            String last = "";
            for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
                List<TableChange> changes = staged.stage(files);
                TableResult<List<TablePointer>> result;
                try {
                    result = context.await(context.ports().tables().commit(tenant, changes, session.advance()));
                } catch (ServiceException unknown) {
                    return afterUnknown(staged, unknown);
                }
                if (!(result instanceof Rejected<List<TablePointer>>(Rejection reason, String message))) {
                    staged.deleteOldMetadata();
                    return new Outcome.Done(session.owner());
                }
                staged.discardAttempt();
                Optional<Outcome> end = afterRejection(reason, message);
                if (end.isPresent()) {
                    discard(staged);
                    return end.get();
                }
                last = reason + ", " + message;
            }
            discard(staged);
            return new Outcome.Again(session.owner(), "others were faster " + MOST_ATTEMPTS + " times: " + last);
        } catch (RuntimeException failure) {
            discard(staged);
            throw failure;
        }
    }

    private void discard(StagedCommit staged) {
        staged.discard();
        session.files().discard();
    }

    /** Empty when the commit is to be tried again, on what is there now. */
    private Optional<Outcome> afterRejection(Rejection reason, String message) {
        return switch (reason) {
            case STALE_OWNER -> Optional.of(new Outcome.Fenced());
            case UNKNOWN_TOPIC -> Optional.of(new Outcome.Gone());
            case UNKNOWN_NAMESPACE -> {
                createNamespaces();
                yield Optional.empty();
            }
            case CHANGED, UNKNOWN_TABLE, TABLE_EXISTS -> rebase(message);
            case NOT_AT_WATERMARK, NAMESPACE_EXISTS, NAMESPACE_NOT_EMPTY, LIMIT_REACHED, INVALID_REQUEST ->
                Optional.of(new Outcome.Again(session.owner(), reason + ": " + message));
        };
    }

    private Optional<Outcome> rebase(String message) {
        TopicTable before = session.table();
        // The image may not show yet what the commit was refused for.
        Optional<TablePointer> now = context.await(context.ports().tables().confirmed(tenant, before.name()));
        TablePointer pointer = before.pointer();
        boolean sameTable = now.isPresent()
                && pointer != null
                && now.get().table().equals(pointer.table())
                && now.get().watermark().equals(pointer.watermark());
        if (!sameTable && (now.isPresent() || pointer != null)) {
            return Optional.of(new Outcome.Again(session.owner(), "the table is another now: " + message));
        }
        if (now.isEmpty()) {
            return Optional.empty();
        }
        TopicTable on = before.rebased(now.get());
        TableMetadata present = on.staged().current();
        if (!hasColumns(present.schema()) || !hasPartitioning(present)) {
            return Optional.of(new Outcome.Again(session.owner(), "the files fit the table no more: " + message));
        }
        session.rebase(on);
        return Optional.empty();
    }

    /**
     * Whether the files can be read with this schema: a column is told by its id, so each id must still be that of the
     * same column. One that is not there any more would hide its values, and may be given to another column later.
     */
    private boolean hasColumns(Schema now) {
        return written.schema().idToName().entrySet().stream()
                .allMatch(column -> column.getValue().equals(now.findColumnName(column.getKey()))
                        && isSame(written.schema().findType(column.getKey()), now.findType(column.getKey())));
    }

    /** What is in a struct, a list or a map has ids of its own. */
    private static boolean isSame(Type one, Type other) {
        return one.isNestedType() ? one.typeId() == other.typeId() : one.equals(other);
    }

    /** Whether the number of the files' partitioning, by which the table knows it, is not another one's now. */
    private boolean hasPartitioning(TableMetadata now) {
        PartitionSpec spec = written.spec();
        return spec.equals(now.specsById().get(spec.specId()));
    }

    private void createNamespaces() {
        for (List<String> levels : List.of(TopicNamespaces.TOPICS, TopicNamespaces.DEAD_LETTERS)) {
            if (context.ports()
                    .metadata()
                    .image()
                    .tables()
                    .namespace(tenant, levels)
                    .isEmpty()) {
                TableResult<Namespace> created = context.await(
                        context.ports().tables().createNamespace(tenant, new Namespace(levels, Map.of())));
                if (created instanceof Rejected<Namespace>(Rejection reason, String message)
                        && reason != Rejection.NAMESPACE_EXISTS) {
                    LOG.atWarn()
                            .addKeyValue("tenantId", tenant)
                            .addKeyValue("reason", message)
                            .log("A namespace for tables could not be created");
                }
            }
        }
    }

    /** Never throws: files of which it is not certain that they are for nothing stay. */
    private Outcome afterUnknown(StagedCommit staged, ServiceException unknown) {
        FeedAdvance advance = session.advance();
        TableResult<Epoch> acquired;
        try {
            acquired = context.await(context.ports().tables().acquireFeed(advance.topic(), context.node()));
        } catch (ServiceException stillUnknown) {
            return new Outcome.Unknown(unknown);
        }
        if (!(acquired instanceof Accepted<Epoch>(Epoch owner))) {
            return new Outcome.Gone();
        }
        // The epoch is in this process's image, and so is everything that came before it; nothing of an older one
        // follows.
        TablePointer now = context.ports()
                .metadata()
                .image()
                .tables()
                .tableOf(advance.topic())
                .orElse(null);
        TablePointer before = session.table().pointer();
        if (now != null && now.table().equals(session.table().id()) && isAt(now, advance)) {
            return new Outcome.Done(owner);
        }
        boolean certain = now != null
                && before != null
                && now.table().equals(before.table())
                && now.watermark().equals(before.watermark());
        if (certain) {
            staged.discardAttempt();
            discard(staged);
        }
        return new Outcome.Again(owner, "the answer was lost, and the commit was not made");
    }

    private static boolean isAt(TablePointer pointer, FeedAdvance advance) {
        for (Map.Entry<StreamId, OffsetRange> move : advance.moves().entrySet()) {
            if (pointer.watermark(move.getKey()) != move.getValue().to()) {
                return false;
            }
        }
        return true;
    }
}
