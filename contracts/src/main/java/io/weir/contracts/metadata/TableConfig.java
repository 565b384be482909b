package io.weir.contracts.metadata;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a topic becomes a table.
 *
 * @param enabled whether there is a table; it is created at the first record
 * @param commitInterval a record is in the table at most about this long after it was acknowledged
 * @param retentionMs rows older than this may be deleted; -1 for never
 * @param maxHold how long the topic's retention waits for a table that lags
 * @param formatVersion of Iceberg; empty for 3 where the value is a VARIANT, else 2, which more engines read
 */
public record TableConfig(
        boolean enabled,
        Duration commitInterval,
        ValueFormat valueFormat,
        PartitionBy partitionBy,
        long retentionMs,
        OnBadRecord onBadRecord,
        Duration maxHold,
        OptionalInt formatVersion) {
    public static final String ENABLED = "table.enabled";
    public static final String COMMIT_INTERVAL = "table.commit-interval";
    public static final String VALUE_FORMAT = "table.value-format";
    public static final String PARTITION_BY = "table.partition-by";
    public static final String RETENTION = "table.retention";
    public static final String ON_BAD_RECORD = "table.on-bad-record";
    public static final String MAX_HOLD = "table.max-hold";
    public static final String FORMAT_VERSION = "table.format-version";

    public static final Duration LEAST_COMMIT_INTERVAL = Duration.ofMillis(500);
    public static final Duration MOST_COMMIT_INTERVAL = Duration.ofHours(1);
    public static final Duration MOST_HOLD = Duration.ofDays(90);

    public static final TableConfig DEFAULT = new TableConfig(
            true,
            Duration.ofSeconds(10),
            ValueFormat.RAW,
            PartitionBy.DAY,
            -1L,
            OnBadRecord.DEAD_LETTER,
            Duration.ofDays(7),
            OptionalInt.empty());

    private static final String FOR_EVER = "-1";
    private static final String AUTO = "auto";
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)?");

    /** What the value column holds. */
    public enum ValueFormat {
        /** The bytes. */
        RAW,
        /** Text. */
        UTF8,
        /** A VARIANT, or text in a table of format version 2. */
        JSON,
        /** Columns of the registered Avro schema. */
        AVRO
    }

    /** How data files are set apart, by the records' timestamps in UTC. */
    public enum PartitionBy {
        NONE,
        HOUR,
        DAY,
        MONTH
    }

    /** What becomes of a record that has no place in the table. */
    public enum OnBadRecord {
        /** It goes, with the reason, into a table of its own. */
        DEAD_LETTER,
        /** It is counted and left out. */
        SKIP,
        /** The topic's table stops before it. */
        SUSPEND
    }

    /** The Iceberg format version of a new table. */
    public int effectiveFormatVersion() {
        return formatVersion.orElse(valueFormat == ValueFormat.JSON ? 3 : 2);
    }

    /** Every setting in effect, in a fixed order. */
    public Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(COMMIT_INTERVAL, text(commitInterval));
        all.put(ENABLED, Boolean.toString(enabled));
        all.put(FORMAT_VERSION, formatVersion.isPresent() ? Integer.toString(formatVersion.getAsInt()) : AUTO);
        all.put(MAX_HOLD, text(maxHold));
        all.put(ON_BAD_RECORD, label(onBadRecord));
        all.put(PARTITION_BY, label(partitionBy));
        all.put(RETENTION, retentionMs < 0 ? FOR_EVER : text(Duration.ofMillis(retentionMs)));
        all.put(VALUE_FORMAT, label(valueFormat));
        return Collections.unmodifiableMap(all);
    }

    /**
     * This, with one setting changed.
     *
     * @return empty when the value is not one of {@link #wanted}
     */
    Optional<TableConfig> with(String name, String value) {
        String text = value.strip();
        return switch (name) {
            case ENABLED -> flag(text).map(this::withEnabled);
            case COMMIT_INTERVAL ->
                duration(text, LEAST_COMMIT_INTERVAL, MOST_COMMIT_INTERVAL).map(this::withCommitInterval);
            case VALUE_FORMAT -> choice(ValueFormat.class, text).map(this::withValueFormat);
            case PARTITION_BY -> choice(PartitionBy.class, text).map(this::withPartitionBy);
            case RETENTION ->
                text.equals(FOR_EVER)
                        ? Optional.of(withRetentionMs(-1L))
                        : duration(text, Duration.ZERO, Duration.ofDays(36_500))
                                .map(kept -> withRetentionMs(kept.toMillis()));
            case ON_BAD_RECORD -> choice(OnBadRecord.class, text).map(this::withOnBadRecord);
            case MAX_HOLD -> duration(text, Duration.ZERO, MOST_HOLD).map(this::withMaxHold);
            case FORMAT_VERSION ->
                switch (text) {
                    case AUTO -> Optional.of(withFormatVersion(OptionalInt.empty()));
                    case "2", "3" -> Optional.of(withFormatVersion(OptionalInt.of(Integer.parseInt(text))));
                    default -> Optional.empty();
                };
            default -> Optional.empty();
        };
    }

    /** What a setting may be, in words. */
    static String wanted(String name) {
        return switch (name) {
            case ENABLED -> "true or false";
            case COMMIT_INTERVAL ->
                "a duration from " + text(LEAST_COMMIT_INTERVAL) + " to " + text(MOST_COMMIT_INTERVAL) + ", as 10s";
            case VALUE_FORMAT -> "raw, utf8, json or avro";
            case PARTITION_BY -> "none, hour, day or month";
            case RETENTION -> "a duration, as 30d, or -1 for ever";
            case ON_BAD_RECORD -> "dead-letter, skip or suspend";
            case MAX_HOLD -> "a duration up to " + text(MOST_HOLD) + ", as 7d";
            case FORMAT_VERSION -> "2, 3 or auto";
            default -> throw new IllegalArgumentException("No table setting '" + name + "'");
        };
    }

    private static String label(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> Optional<E> choice(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (label(constant).equals(text)) {
                return Optional.of(constant);
            }
        }
        return Optional.empty();
    }

    private static Optional<Boolean> flag(String text) {
        return switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static Optional<Duration> duration(String text, Duration least, Duration most) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2) == null ? "ms" : matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofSeconds(number * 60);
            case "h" -> Duration.ofSeconds(number * 3_600);
            case "d" -> Duration.ofSeconds(number * 86_400);
            default -> Duration.ofMillis(number);
        };
        return duration.compareTo(least) < 0 || duration.compareTo(most) > 0 ? Optional.empty() : Optional.of(duration);
    }

    private static String text(Duration duration) {
        long ms = duration.toMillis();
        if (ms == 0 || ms % 1_000 != 0) {
            return ms + "ms";
        }
        long seconds = ms / 1_000;
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        if (seconds % 3_600 == 0) {
            return seconds / 3_600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }

    private TableConfig withEnabled(boolean wanted) {
        return new TableConfig(
                wanted, commitInterval, valueFormat, partitionBy, retentionMs, onBadRecord, maxHold, formatVersion);
    }

    private TableConfig withCommitInterval(Duration interval) {
        return new TableConfig(
                enabled, interval, valueFormat, partitionBy, retentionMs, onBadRecord, maxHold, formatVersion);
    }

    private TableConfig withValueFormat(ValueFormat format) {
        return new TableConfig(
                enabled, commitInterval, format, partitionBy, retentionMs, onBadRecord, maxHold, formatVersion);
    }

    private TableConfig withPartitionBy(PartitionBy by) {
        return new TableConfig(
                enabled, commitInterval, valueFormat, by, retentionMs, onBadRecord, maxHold, formatVersion);
    }

    private TableConfig withRetentionMs(long ms) {
        return new TableConfig(
                enabled, commitInterval, valueFormat, partitionBy, ms, onBadRecord, maxHold, formatVersion);
    }

    private TableConfig withOnBadRecord(OnBadRecord choice) {
        return new TableConfig(
                enabled, commitInterval, valueFormat, partitionBy, retentionMs, choice, maxHold, formatVersion);
    }

    private TableConfig withMaxHold(Duration hold) {
        return new TableConfig(
                enabled, commitInterval, valueFormat, partitionBy, retentionMs, onBadRecord, hold, formatVersion);
    }

    private TableConfig withFormatVersion(OptionalInt version) {
        return new TableConfig(
                enabled, commitInterval, valueFormat, partitionBy, retentionMs, onBadRecord, maxHold, version);
    }
}
