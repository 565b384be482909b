package io.weir.contracts.metadata;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A topic's configuration. Names and meanings are Kafka's; a setting or a value that Weir does not act on is refused,
 * never stored and ignored.
 *
 * @param retentionMs records older than this may be deleted; -1 for never
 * @param retentionBytes a partition's oldest data may be deleted while it is larger than this; -1 for never
 * @param maxMessageBytes the largest batch
 * @param timestampType whose clock stamps the records
 * @param compressionType {@code producer}, or the codec that batches are stored with
 * @param minInsyncReplicas accepted for the sake of tools; every acknowledgement means a quorum, whatever it says
 * @param schemaValidation which parts of a record must carry the id of a registered schema
 * @param table how it becomes a table
 */
public record TopicConfig(
        long retentionMs,
        long retentionBytes,
        int maxMessageBytes,
        TimestampType timestampType,
        CompressionType compressionType,
        int minInsyncReplicas,
        SchemaValidation schemaValidation,
        TableConfig table) {
    public static final String RETENTION_MS = "retention.ms";
    public static final String RETENTION_BYTES = "retention.bytes";
    public static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    public static final String TIMESTAMP_TYPE = "message.timestamp.type";
    public static final String COMPRESSION_TYPE = "compression.type";
    public static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
    public static final String CLEANUP_POLICY = "cleanup.policy";
    public static final String SCHEMA_VALIDATION = "schema.validation";

    /** The largest batch Weir stores; leaves room for the log entry around it. */
    public static final int LARGEST_MESSAGE_BYTES = io.weir.contracts.batch.RecordBatch.MAX_BYTES;

    public static final TopicConfig DEFAULT = new TopicConfig(
            604_800_000L,
            -1L,
            1_048_588,
            TimestampType.CREATE_TIME,
            CompressionType.PRODUCER,
            1,
            SchemaValidation.NONE,
            TableConfig.DEFAULT);

    /** Whose clock stamps records. */
    public enum TimestampType {
        CREATE_TIME("CreateTime"),
        LOG_APPEND_TIME("LogAppendTime");

        private final String label;

        TimestampType(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /** How batches are stored. */
    public enum CompressionType {
        PRODUCER,
        UNCOMPRESSED,
        GZIP,
        SNAPPY,
        LZ4,
        ZSTD;

        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Which parts of a record must begin with the id of a registered schema. */
    public enum SchemaValidation {
        NONE,
        KEY,
        VALUE,
        BOTH;

        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        public boolean ofKeys() {
            return this == KEY || this == BOTH;
        }

        public boolean ofValues() {
            return this == VALUE || this == BOTH;
        }
    }

    /** Every setting in effect, by Kafka's names and in Kafka's spelling, in a fixed order. */
    public Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(CLEANUP_POLICY, "delete");
        all.put(COMPRESSION_TYPE, compressionType.label());
        all.put(MAX_MESSAGE_BYTES, Integer.toString(maxMessageBytes));
        all.put(TIMESTAMP_TYPE, timestampType.label());
        all.put(MIN_INSYNC_REPLICAS, Integer.toString(minInsyncReplicas));
        all.put(RETENTION_BYTES, Long.toString(retentionBytes));
        all.put(RETENTION_MS, Long.toString(retentionMs));
        all.put(SCHEMA_VALIDATION, schemaValidation.label());
        all.putAll(table.settings());
        return Collections.unmodifiableMap(all);
    }

    /** The names of the settings that a topic may carry. */
    public static Set<String> names() {
        return DEFAULT.settings().keySet();
    }

    /**
     * Reads settings by Kafka's names.
     *
     * @return either the configuration, or why it is refused
     */
    public static Parsed parse(Map<String, String> overrides) {
        TopicConfig config = DEFAULT;
        for (Map.Entry<String, String> setting : overrides.entrySet()) {
            Parsed next = config.with(setting.getKey(), setting.getValue());
            if (!(next instanceof Parsed.Ok ok)) {
                return next;
            }
            config = ok.config();
        }
        return new Parsed.Ok(config);
    }

    private Parsed with(String name, String value) {
        return switch (name) {
            case RETENTION_MS ->
                number(value, -1, Long.MAX_VALUE)
                        .<Parsed>map(n -> new Parsed.Ok(withRetention(n, retentionBytes)))
                        .orElseGet(() -> refused(name, value, "a number of milliseconds from 0, or -1 for ever"));
            case RETENTION_BYTES ->
                number(value, -1, Long.MAX_VALUE)
                        .<Parsed>map(n -> new Parsed.Ok(withRetention(retentionMs, n)))
                        .orElseGet(() -> refused(name, value, "a number of bytes from 0, or -1 for no limit"));
            case MAX_MESSAGE_BYTES ->
                number(value, 0, LARGEST_MESSAGE_BYTES)
                        .<Parsed>map(n -> new Parsed.Ok(withMaxMessageBytes(n.intValue())))
                        .orElseGet(() -> refused(name, value, "0 to " + LARGEST_MESSAGE_BYTES));
            case MIN_INSYNC_REPLICAS ->
                number(value, 1, Integer.MAX_VALUE)
                        .<Parsed>map(n -> new Parsed.Ok(withMinInsyncReplicas(n.intValue())))
                        .orElseGet(
                                () -> refused(name, value, "a number from 1; acknowledgements always mean a quorum"));
            case TIMESTAMP_TYPE -> timestampType(value);
            case COMPRESSION_TYPE -> compressionType(value);
            case CLEANUP_POLICY ->
                value.equals("delete")
                        ? new Parsed.Ok(this)
                        : refused(name, value, "delete; compaction by key is not supported");
            case SCHEMA_VALIDATION -> schemaValidation(value);
            default ->
                table.settings().containsKey(name)
                        ? table.with(name, value)
                                .<Parsed>map(changed -> new Parsed.Ok(withTable(changed)))
                                .orElseGet(() -> refused(name, value, TableConfig.wanted(name)))
                        : new Parsed.Refused(
                                "Unknown or unsupported topic setting '" + name + "'; supported are " + names());
        };
    }

    private TopicConfig withRetention(long newRetentionMs, long newRetentionBytes) {
        return new TopicConfig(
                newRetentionMs,
                newRetentionBytes,
                maxMessageBytes,
                timestampType,
                compressionType,
                minInsyncReplicas,
                schemaValidation,
                table);
    }

    private TopicConfig withMaxMessageBytes(int bytes) {
        return new TopicConfig(
                retentionMs,
                retentionBytes,
                bytes,
                timestampType,
                compressionType,
                minInsyncReplicas,
                schemaValidation,
                table);
    }

    private TopicConfig withMinInsyncReplicas(int replicas) {
        return new TopicConfig(
                retentionMs,
                retentionBytes,
                maxMessageBytes,
                timestampType,
                compressionType,
                replicas,
                schemaValidation,
                table);
    }

    private TopicConfig withTable(TableConfig changed) {
        return new TopicConfig(
                retentionMs,
                retentionBytes,
                maxMessageBytes,
                timestampType,
                compressionType,
                minInsyncReplicas,
                schemaValidation,
                changed);
    }

    private Parsed schemaValidation(String value) {
        for (SchemaValidation parts : SchemaValidation.values()) {
            if (parts.label().equals(value)) {
                return new Parsed.Ok(new TopicConfig(
                        retentionMs,
                        retentionBytes,
                        maxMessageBytes,
                        timestampType,
                        compressionType,
                        minInsyncReplicas,
                        parts,
                        table));
            }
        }
        return refused(SCHEMA_VALIDATION, value, "none, key, value or both");
    }

    private Parsed timestampType(String value) {
        for (TimestampType type : TimestampType.values()) {
            if (type.label().equals(value)) {
                return new Parsed.Ok(new TopicConfig(
                        retentionMs,
                        retentionBytes,
                        maxMessageBytes,
                        type,
                        compressionType,
                        minInsyncReplicas,
                        schemaValidation,
                        table));
            }
        }
        return refused(TIMESTAMP_TYPE, value, "CreateTime or LogAppendTime");
    }

    private Parsed compressionType(String value) {
        for (CompressionType type : CompressionType.values()) {
            if (type.label().equals(value)) {
                return new Parsed.Ok(new TopicConfig(
                        retentionMs,
                        retentionBytes,
                        maxMessageBytes,
                        timestampType,
                        type,
                        minInsyncReplicas,
                        schemaValidation,
                        table));
            }
        }
        return refused(COMPRESSION_TYPE, value, "producer, uncompressed, gzip, snappy, lz4 or zstd");
    }

    private static Optional<Long> number(@Nullable String value, long least, long most) {
        if (value == null) {
            return Optional.empty();
        }
        try {
            long number = Long.parseLong(value.strip());
            return number < least || number > most ? Optional.empty() : Optional.of(number);
        } catch (NumberFormatException notANumber) {
            return Optional.empty();
        }
    }

    private static Parsed refused(String name, String value, String wanted) {
        return new Parsed.Refused("Illegal value '" + value + "' of " + name + ": use " + wanted);
    }

    /** What {@link #parse} found. */
    public sealed interface Parsed {
        record Ok(TopicConfig config) implements Parsed {}

        record Refused(String message) implements Parsed {}
    }
}
