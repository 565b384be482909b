package io.weir.launcher.cli;

import io.weir.launcher.config.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir group reset}: moves the committed offsets of a group that has no members. */
@Command(
        name = "reset",
        description = "Moves the committed offsets of a group that has no members. Prints where they were and will be.")
final class GroupResetCommand extends TopicCommand.OnServer {
    private static final List<String> COLUMNS = List.of("topic", "partition", "before", "after");

    @Parameters(paramLabel = "GROUP", description = "Its name.")
    @SuppressWarnings("NullAway.Init")
    private String group;

    @Option(
            names = "--topic",
            paramLabel = "TOPIC",
            description = "Only this topic; repeatable. Default: every topic that the group has committed.")
    private List<String> topics = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only print what would change.")
    private boolean dryRun;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Target target;

    /** Where to: exactly one of these. */
    static final class Target {
        @Option(names = "--to-earliest", description = "To the first record that is left.")
        private boolean earliest;

        @Option(names = "--to-latest", description = "Behind the last record.")
        private boolean latest;

        @Option(
                names = "--to-offset",
                paramLabel = "OFFSET",
                description = "To this offset, or the nearest one that there is.")
        private @Nullable Long offset;

        @Option(
                names = "--to-timestamp",
                paramLabel = "TIMESTAMP",
                converter = StartPosition.Converter.class,
                description = "To the first record from this time on, as 2026-11-21T10:00:00Z.")
        private @Nullable StartPosition timestamp;

        @Option(
                names = "--by-duration",
                paramLabel = "DURATION",
                converter = AnyDuration.class,
                description = "To the first record from this long ago on, as 2h.")
        private @Nullable Duration duration;
    }

    /** Durations without the limit of a timeout. */
    static final class AnyDuration implements CommandLine.ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            try {
                return DurationText.parse(text);
            } catch (IllegalArgumentException illegal) {
                throw new CommandLine.TypeConversionException(illegal.getMessage());
            }
        }
    }

    @Override
    void run(Admin admin) throws InterruptedException {
        Map<TopicPartition, @Nullable OffsetAndMetadata> committed = GroupOffsets.committed(connection, admin, group);
        List<TopicPartition> partitions = new ArrayList<>();
        if (topics.isEmpty()) {
            partitions.addAll(committed.keySet());
        } else {
            for (String topic : topics) {
                partitions.addAll(GroupOffsets.partitions(connection, admin, topic));
            }
        }
        if (partitions.isEmpty()) {
            throw new CommandFailedException("The group " + group + " has committed nothing: name topics with --topic");
        }
        partitions.sort(GroupOffsets.BY_NAME);
        Map<TopicPartition, Long> after = destinations(admin, partitions);
        if (!dryRun) {
            connection.await(admin.alterConsumerGroupOffsets(
                            group,
                            after.entrySet().stream()
                                    .collect(Collectors.toMap(
                                            Map.Entry::getKey, entry -> new OffsetAndMetadata(entry.getValue()))))
                    .all());
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata before = committed.get(partition);
            rows.add(new Row()
                    .with("topic", partition.topic())
                    .with("partition", partition.partition())
                    .with("before", before == null ? null : before.offset())
                    .with("after", after.get(partition))
                    .cells());
        }
        output.rows(COLUMNS, rows);
        output.say(dryRun ? "nothing was changed (--dry-run)" : "reset " + group);
    }

    private Map<TopicPartition, Long> destinations(Admin admin, List<TopicPartition> partitions)
            throws InterruptedException {
        Map<TopicPartition, Long> latest = offsets(admin, partitions, OffsetSpec.latest());
        if (target.latest) {
            return latest;
        }
        Map<TopicPartition, Long> earliest = offsets(admin, partitions, OffsetSpec.earliest());
        if (target.earliest) {
            return earliest;
        }
        Map<TopicPartition, Long> destinations = new LinkedHashMap<>();
        if (target.offset != null) {
            long wanted = target.offset;
            for (TopicPartition partition : partitions) {
                long least = earliest.getOrDefault(partition, 0L);
                destinations.put(
                        partition, Math.clamp(wanted, least, Math.max(least, latest.getOrDefault(partition, least))));
            }
            return destinations;
        }
        offsets(admin, partitions, OffsetSpec.forTimestamp(timestampMs())).forEach((partition, offset) -> {
            long end = latest.getOrDefault(partition, 0L);
            destinations.put(partition, offset < 0 ? end : offset);
        });
        return destinations;
    }

    private long timestampMs() {
        if (target.duration != null) {
            return StartPosition.Timestamp.ago(target.duration, Instant.now())
                    .timestamp()
                    .toEpochMilli();
        }
        if (target.timestamp instanceof StartPosition.Timestamp(Instant timestamp)) {
            return timestamp.toEpochMilli();
        }
        throw new CommandFailedException("--to-timestamp needs a time as 2026-11-21T10:00:00Z");
    }

    private Map<TopicPartition, Long> offsets(Admin admin, List<TopicPartition> partitions, OffsetSpec which)
            throws InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        partitions.forEach(partition -> wanted.put(partition, which));
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> found :
                connection.await(admin.listOffsets(wanted).all()).entrySet()) {
            offsets.put(found.getKey(), found.getValue().offset());
        }
        return offsets;
    }
}
