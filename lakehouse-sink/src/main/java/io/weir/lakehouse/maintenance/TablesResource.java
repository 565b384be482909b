package io.weir.lakehouse.maintenance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.http.HttpResource;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TablePointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;

/**
 * Topics' tables for administrators: {@code /tables}, {@code /tables/TOPIC}, and below a topic {@code snapshots},
 * {@code files}, and, to POST to, {@code compact} and {@code expire}.
 *
 * <p>Threading: any thread that may block.
 */
public final class TablesResource implements HttpResource {
    /** Most files, and most snapshots, of one answer. */
    static final int MOST_LINES = 10_000;

    private static final int MOST_BODY_BYTES = 1024;
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int CONFLICT = 409;
    private static final int UNAVAILABLE = 503;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final TableMaintenance maintenance;

    public TablesResource(TableMaintenance maintenance) {
        this.maintenance = maintenance;
    }

    @Override
    public String prefix() {
        return "/tables";
    }

    @Override
    public int maxBodyBytes() {
        return MOST_BODY_BYTES;
    }

    @Override
    public HttpAnswer answer(HttpQuestion question) {
        String[] parts = question.path().split("/", -1);
        if (parts.length <= 1) {
            return question.method().equals("GET") ? HttpAnswer.json(OK, list().toString()) : wrongMethod(question);
        }
        String name;
        try {
            name = URLDecoder.decode(parts[1].replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return refused(BAD_REQUEST, "The path " + question.path() + " is not well formed");
        }
        Optional<Topic> topic = maintenance.image().topic(maintenance.tenant(), name);
        if (topic.isEmpty()) {
            return refused(NOT_FOUND, "There is no topic '" + name + "'");
        }
        Optional<TablePointer> pointer =
                maintenance.image().tables().tableOf(topic.get().id());
        if (pointer.isEmpty()) {
            return refused(NOT_FOUND, "Topic '" + name + "' has no table yet");
        }
        try {
            return of(topic.get(), pointer.get(), parts.length == 2 ? "" : parts[2], parts.length > 3, question);
        } catch (NoSuchTableException gone) {
            return refused(NOT_FOUND, String.valueOf(gone.getMessage()));
        } catch (CommitFailedException | ValidationException overtaken) {
            return refused(CONFLICT, String.valueOf(overtaken.getMessage()));
        } catch (ServiceException | CommitStateUnknownException | UncheckedIOException failed) {
            return refused(UNAVAILABLE, String.valueOf(failed.getMessage()));
        }
    }

    private HttpAnswer of(Topic topic, TablePointer pointer, String what, boolean deeper, HttpQuestion question) {
        if (deeper || !List.of("", "snapshots", "files", "compact", "expire").contains(what)) {
            return refused(NOT_FOUND, "There is nothing at " + question.path());
        }
        return switch (question.method() + " " + what) {
            case "GET " -> HttpAnswer.json(OK, description(topic, pointer).toString());
            case "GET snapshots" -> HttpAnswer.json(OK, snapshots(pointer).toString());
            case "GET files" -> HttpAnswer.json(OK, files(pointer).toString());
            case "POST compact" -> HttpAnswer.json(OK, compacted(pointer).toString());
            case "POST expire" ->
                HttpAnswer.json(
                        OK,
                        JSON.objectNode()
                                .put("expired-snapshots", maintenance.expire(pointer))
                                .toString());
            default -> wrongMethod(question);
        };
    }

    private ArrayNode list() {
        List<Topic> topics = new ArrayList<>(maintenance.image().topics(maintenance.tenant()));
        topics.sort(Comparator.comparing(Topic::name));
        ArrayNode list = JSON.arrayNode();
        for (Topic topic : topics) {
            maintenance.image().tables().tableOf(topic.id()).ifPresent(pointer -> list.add(line(topic, pointer)));
        }
        return list;
    }

    private static ObjectNode line(Topic topic, TablePointer pointer) {
        return JSON.objectNode()
                .put("topic", topic.name())
                .put("table", pointer.name().toString())
                .put("id", pointer.table().toString())
                .put("location", pointer.location());
    }

    private ObjectNode description(Topic topic, TablePointer pointer) {
        Table table = maintenance.load(pointer);
        ObjectNode node = line(topic, pointer)
                .put("metadata-location", pointer.metadataLocation())
                .put("format-version", TableUtil.formatVersion(table))
                .put("partitioned-by", table.spec().fields().toString());
        ArrayNode columns = node.putArray("columns");
        for (Types.NestedField column : table.schema().columns()) {
            columns.addObject()
                    .put("id", column.fieldId())
                    .put("name", column.name())
                    .put("type", column.type().toString())
                    .put("required", column.isRequired());
        }
        ObjectNode watermark = node.putObject("watermark");
        for (int partition = 0; partition < topic.partitions(); partition++) {
            watermark.put(
                    Integer.toString(partition), pointer.watermark(topic.location(partition).orElseThrow().stream()));
        }
        ObjectNode properties = node.putObject("properties");
        table.properties().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(property -> properties.put(property.getKey(), property.getValue()));
        Snapshot snapshot = table.currentSnapshot();
        if (snapshot != null) {
            node.set("snapshot", line(snapshot));
        }
        return node;
    }

    private ArrayNode snapshots(TablePointer pointer) {
        List<Snapshot> newestFirst = new ArrayList<>();
        maintenance.load(pointer).snapshots().forEach(newestFirst::add);
        newestFirst.sort(Comparator.comparingLong(Snapshot::sequenceNumber).reversed());
        ArrayNode list = JSON.arrayNode();
        newestFirst.stream().limit(MOST_LINES).forEach(snapshot -> list.add(line(snapshot)));
        return list;
    }

    private static ObjectNode line(Snapshot snapshot) {
        Map<String, String> summary = snapshot.summary();
        return JSON.objectNode()
                .put("snapshot", Long.toString(snapshot.snapshotId()))
                .put("time", Instant.ofEpochMilli(snapshot.timestampMillis()).toString())
                .put("operation", snapshot.operation())
                .put("added-rows", number(summary, SnapshotSummary.ADDED_RECORDS_PROP))
                .put("rows", number(summary, SnapshotSummary.TOTAL_RECORDS_PROP))
                .put("files", number(summary, SnapshotSummary.TOTAL_DATA_FILES_PROP))
                .put("bytes", number(summary, SnapshotSummary.TOTAL_FILE_SIZE_PROP));
    }

    private static long number(Map<String, String> summary, String name) {
        return Long.parseLong(summary.getOrDefault(name, "0"));
    }

    private ArrayNode files(TablePointer pointer) {
        Table table = maintenance.load(pointer);
        ArrayNode list = JSON.arrayNode();
        if (table.currentSnapshot() == null) {
            return list;
        }
        try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
            for (FileScanTask task : tasks) {
                if (list.size() == MOST_LINES) {
                    break;
                }
                DataFile file = task.file();
                list.addObject()
                        .put("file", file.location())
                        .put("partition", task.spec().partitionToPath(file.partition()))
                        .put("rows", file.recordCount())
                        .put("bytes", file.fileSizeInBytes());
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot list the files of " + pointer.name(), failed);
        }
        return list;
    }

    private ObjectNode compacted(TablePointer pointer) {
        Compaction.Outcome outcome = maintenance.compact(pointer);
        return JSON.objectNode()
                .put("files-before", outcome.before())
                .put("files-after", outcome.after())
                .put("bytes-before", outcome.bytesBefore())
                .put("bytes-after", outcome.bytesAfter());
    }

    private static HttpAnswer wrongMethod(HttpQuestion question) {
        return refused(METHOD_NOT_ALLOWED, question.method() + " is not possible at /tables" + question.path());
    }

    private static HttpAnswer refused(int status, String message) {
        return HttpAnswer.json(status, JSON.objectNode().put("message", message).toString());
    }
}
