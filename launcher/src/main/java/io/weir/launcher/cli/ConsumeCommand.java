package io.weir.launcher.cli;

import io.weir.launcher.logging.Logging;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code weir consume}: prints records until enough are printed, or until it is interrupted. */
@Command(name = "consume", description = "Prints a topic's records until it is interrupted, or has printed N.")
final class ConsumeCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int OUTPUT_BUFFER_BYTES = 64 << 10;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Connection connection;

    @Parameters(paramLabel = "TOPIC", description = "Where from.")
    @SuppressWarnings("NullAway.Init")
    private String topic;

    @Option(
            names = "--from",
            paramLabel = "beginning|end|OFFSET|TIMESTAMP",
            converter = StartPosition.Converter.class,
            defaultValue = "end",
            description = {
                "Where to begin, in each partition; a time is written as 2026-11-21T10:00:00Z. Default:"
                        + " ${DEFAULT-VALUE}",
                "With --group, only beginning and end are accepted, and count where the group has committed nothing."
            })
    @SuppressWarnings("NullAway.Init")
    private StartPosition from;

    @Option(names = "-n", paramLabel = "N", description = "Stop after this many records.")
    private long count = Long.MAX_VALUE;

    @Option(names = "--group", paramLabel = "G", description = "Read as a member of this group, and commit.")
    private @Nullable String group;

    @Option(names = "--keys", description = "As text, print key<TAB>value.")
    private boolean keys;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            defaultValue = "text",
            description = "Values as they are, one a line; or one JSON object a line. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private OutputFormat format;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (count < 1) {
            throw new ParameterException(spec.commandLine(), "-n must be at least 1");
        }
        if (group != null && !(from instanceof StartPosition.Beginning || from instanceof StartPosition.End)) {
            throw new ParameterException(
                    spec.commandLine(), "With --group use --from beginning or end; 'group reset' moves a group");
        }
        Logging.forClient();
        try (StopSignal stop = new StopSignal();
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            // So that the group hears of the departure.
            stop.onSignal(consumer::wakeup);
            // Not closed: standard output is the process's, not this command's.
            OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUTPUT_BUFFER_BYTES);
            try {
                begin(consumer);
                print(consumer, new RecordPrinter(out, format, keys));
            } catch (WakeupException interrupted) {
                return ExitCode.OK;
            } finally {
                out.flush();
            }
        }
        return ExitCode.OK;
    }

    private void begin(KafkaConsumer<byte[], byte[]> consumer) {
        if (group != null) {
            consumer.subscribe(List.of(topic));
            return;
        }
        List<TopicPartition> partitions = consumer.partitionsFor(topic, connection.timeout()).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new CommandFailedException("There is no topic " + topic);
        }
        consumer.assign(partitions);
        switch (from) {
            case StartPosition.Beginning() -> consumer.seekToBeginning(partitions);
            case StartPosition.End() -> consumer.seekToEnd(partitions);
            case StartPosition.Offset(long offset) -> partitions.forEach(partition -> consumer.seek(partition, offset));
            case StartPosition.Timestamp(var timestamp) -> seekTo(consumer, partitions, timestamp.toEpochMilli());
        }
    }

    private static void seekTo(
            KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, long timestampMs) {
        Map<TopicPartition, Long> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, timestampMs));
        Map<TopicPartition, @Nullable OffsetAndTimestamp> found = new HashMap<>(consumer.offsetsForTimes(wanted));
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp position = found.get(partition);
            if (position == null) {
                consumer.seekToEnd(List.of(partition));
            } else {
                consumer.seek(partition, position.offset());
            }
        }
    }

    private void print(KafkaConsumer<byte[], byte[]> consumer, RecordPrinter printer) throws IOException {
        long left = count;
        Map<TopicPartition, OffsetAndMetadata> printed = new HashMap<>();
        while (left > 0) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (left == 0) {
                    break;
                }
                printer.print(record);
                printed.put(
                        new TopicPartition(record.topic(), record.partition()),
                        new OffsetAndMetadata(record.offset() + 1));
                left--;
            }
            printer.flush();
            if (group != null && !printed.isEmpty()) {
                consumer.commitSync(printed);
                printed.clear();
            }
        }
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = connection.settings();
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                from instanceof StartPosition.Beginning ? "earliest" : "latest");
        settings.put(
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                Math.toIntExact(connection.timeout().toMillis()));
        if (group != null) {
            settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        }
        return settings;
    }
}
