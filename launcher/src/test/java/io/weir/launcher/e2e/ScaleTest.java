package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What many streams cost: {@code mvn -pl launcher -am test -Dtest=ScaleTest -Dweir.test.excluded=none}, optionally with
 * {@code -Dweir.scale.streams=N}.
 */
@Tag("long")
@Tag("long-scale")
class ScaleTest {
    private static final int PARTITIONS = 1000;
    private static final int STREAMS = Integer.getInteger("weir.scale.streams", 1_000_000);
    private static final int TOPICS = Integer.getInteger("weir.scale.topics", 5_000);
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    @TempDir
    Path directory;

    @Test
    void aMillionStreamsWrittenOnceFitInMemoryAndRestartSoon() throws Exception {
        Command weir = Weir.command("-Xmx2g");
        try (ServerProcess server =
                Weir.server(weir, "million-streams", directory.resolve("data")).start(Duration.ofMinutes(1))) {
            long empty = liveHeap(server);
            try (Topics topics = new Topics(server.bootstrap())) {
                for (int i = 0; i < STREAMS / PARTITIONS; i++) {
                    topics.create("streams-" + i, PARTITIONS);
                }
            }
            long created = liveHeap(server);
            for (int i = 0; i < STREAMS / PARTITIONS; i++) {
                writeOnce(server, "streams-" + i, PARTITIONS);
            }
            long written = liveHeap(server);
            assertThat(server.terminate(Duration.ofMinutes(2))).isIn(0, 143);
            long began = System.nanoTime();
            server.start(Duration.ofMinutes(5));
            writeOnce(server, "streams-0", 1);
            long restartMs = Duration.ofNanos(System.nanoTime() - began).toMillis();
            System.out.println("scale: " + STREAMS + " streams, bytes of live heap each over the empty server: created "
                    + (created - empty) / (double) STREAMS + ", written once " + (written - empty) / (double) STREAMS
                    + ", restarted " + (liveHeap(server) - empty) / (double) STREAMS + "; restart to first"
                    + " acknowledgement " + restartMs + " ms; " + server.fileDescriptors() + " file descriptors");
            assertThat((written - empty) / (double) STREAMS).isLessThan(600);
            assertThat(restartMs).isLessThan(20_000);
        }
    }

    @Test
    void fiveThousandTopicsNeedFewFileDescriptors() throws Exception {
        try (ServerProcess server =
                Weir.server("many-topics", directory.resolve("data")).start()) {
            long began = System.nanoTime();
            try (Topics topics = new Topics(server.bootstrap())) {
                for (int i = 0; i < TOPICS; i++) {
                    topics.create("topic-" + i, 1);
                }
            }
            long createdMs = Duration.ofNanos(System.nanoTime() - began).toMillis();
            for (int i = 0; i < TOPICS; i++) {
                writeOnce(server, "topic-" + i, 1);
            }
            System.out.println("scale: " + TOPICS + " topics created in " + createdMs + " ms, "
                    + server.fileDescriptors() + " file descriptors");
            assertThat(server.fileDescriptors()).isLessThan(600);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback tells
    private static void writeOnce(ServerProcess server, String topic, int partitions) throws Exception {
        AtomicLong failed = new AtomicLong();
        Semaphore done = new Semaphore(0);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", server.bootstrap(), "linger.ms", 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < partitions; i++) {
                producer.send(new ProducerRecord<>(topic, i, null, new byte[100]), (at, failure) -> {
                    failed.addAndGet(failure == null ? 0 : 1);
                    done.release();
                });
            }
            done.acquire(partitions);
        }
        assertThat(failed).hasValue(0);
    }

    /** Bytes of reachable objects, counted by the JVM itself after a full collection. */
    private static long liveHeap(ServerProcess server) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String histogram = Command.of(jcmd, Long.toString(server.pid()), "GC.class_histogram")
                .run()
                .succeeded()
                .text();
        Matcher total = TOTAL.matcher(histogram);
        assertThat(total.find()).isTrue();
        return Long.parseLong(total.group(1));
    }
}
