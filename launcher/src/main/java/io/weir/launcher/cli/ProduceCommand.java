package io.weir.launcher.cli;

import io.weir.launcher.logging.Logging;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir produce}: sends each line of standard input as a record. */
@Command(name = "produce", description = "Sends each line of standard input as a record to a topic.")
final class ProduceCommand implements Callable<Integer> {
    private static final int BATCH_BYTES = 64 << 10;
    private static final long BUFFER_BYTES = 64L << 20;
    private static final int REQUEST_BYTES = LineReader.MAX_LINE_BYTES + (1 << 10);
    private static final Duration LINGER = Duration.ofMillis(5);
    private static final long PROGRESS_INTERVAL_NS = Duration.ofSeconds(1).toNanos();

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Connection connection;

    @Parameters(paramLabel = "TOPIC", description = "Where to.")
    @SuppressWarnings("NullAway.Init")
    private String topic;

    @Option(names = "--keys", description = "Lines are key<TAB>value; a line without a tab has no key.")
    private boolean keys;

    @Option(
            names = "--compression",
            paramLabel = "none|gzip|snappy|lz4|zstd",
            defaultValue = "none",
            description = "Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private String compression;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private long bytes;

    @Override
    public Integer call() throws IOException {
        Logging.forClient();
        LineReader lines = new LineReader(System.in);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings(), new ByteArraySerializer(), new ByteArraySerializer())) {
            send(lines, producer);
        }
        PrintWriter err = spec.commandLine().getErr();
        Exception failed = failure.get();
        if (failed != null) {
            err.println("weir: acknowledged " + acknowledged + " records, then: " + failed.getMessage());
            return ExitCode.FAILED;
        }
        err.println((Terminal.onStandardError() ? "\r" : "") + "acknowledged " + acknowledged + " records, " + bytes
                + " bytes");
        return ExitCode.OK;
    }

    private void send(LineReader lines, KafkaProducer<byte[], byte[]> producer) throws IOException {
        boolean showProgress = Terminal.onStandardError();
        long shownAt = System.nanoTime();
        byte[] line = lines.next();
        while (line != null && failure.get() == null) {
            // The callback hears of every outcome; the future would only say it again.
            var _ = producer.send(toRecord(line), this::acknowledge);
            bytes += line.length;
            if (showProgress && System.nanoTime() - shownAt > PROGRESS_INTERVAL_NS) {
                shownAt = System.nanoTime();
                PrintWriter err = spec.commandLine().getErr();
                err.print("\r" + acknowledged + " records");
                err.flush();
            }
            line = lines.next();
        }
        producer.flush();
    }

    private ProducerRecord<byte[], byte[]> toRecord(byte[] line) {
        int tab = keys ? indexOfTab(line) : -1;
        return tab < 0
                ? new ProducerRecord<>(topic, line)
                : new ProducerRecord<>(topic, Arrays.copyOf(line, tab), Arrays.copyOfRange(line, tab + 1, line.length));
    }

    private static int indexOfTab(byte[] line) {
        for (int i = 0; i < line.length; i++) {
            if (line[i] == '\t') {
                return i;
            }
        }
        return -1;
    }

    private void acknowledge(@Nullable RecordMetadata metadata, @Nullable Exception failed) {
        if (failed == null) {
            acknowledged.incrementAndGet();
        } else {
            failure.compareAndSet(null, failed);
        }
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = connection.settings();
        int timeoutMs = Math.toIntExact(connection.timeout().toMillis());
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.LINGER_MS_CONFIG, LINGER.toMillis());
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, REQUEST_BYTES);
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, timeoutMs);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, timeoutMs);
        long deliveryMs = Math.max(2L * timeoutMs, LINGER.toMillis() + timeoutMs);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) Math.min(deliveryMs, Integer.MAX_VALUE));
        return settings;
    }
}
