package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.Conversation;
import io.weir.testsupport.process.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces the server's system calls: no acknowledgement leaves before the record was forced to disk. */
@Tag("e2e")
class FsyncTest {
    private static final int RECORDS = 30;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String TRACED = "trace=fdatasync,fsync,write,pwrite64,writev,sendto,sendmsg";

    @TempDir
    Path directory;

    @Test
    void noAcknowledgementLeavesBeforeItsRecordIsForcedToDisk() throws Exception {
        assertThat(violations("fsync", List.of())).isEmpty();
    }

    @Test
    void theSameCheckFailsOnAServerWhoseForceDoesNothing() throws Exception {
        assertThat(violations("fsync-control", List.of("-e", "inject=fdatasync,fsync:retval=0")))
                .hasSize(RECORDS);
    }

    private List<String> violations(String name, List<String> faults) throws Exception {
        Path trace = directory.resolve(name + ".strace");
        List<Probe> probes = new ArrayList<>();
        int port;
        try (ServerProcess server = Weir.server(name, directory.resolve(name)).start();
                Topics topics = new Topics(server.bootstrap());
                KafkaProducer<byte[], String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", server.bootstrap(), "linger.ms", 0),
                        new ByteArraySerializer(),
                        new StringSerializer())) {
            port = server.kafkaPort();
            topics.create("fsync", 1);
            for (int i = 0; i < 10; i++) {
                send(producer, "warm-up");
            }
            try (Conversation strace = strace(server.pid(), trace, faults)) {
                Await.until("the trace begins", LIMIT, () -> {
                    send(producer, "strace-is-on");
                    return Files.exists(trace)
                            && Files.readString(trace, StandardCharsets.ISO_8859_1)
                                    .contains("strace-is-on");
                });
                for (int i = 0; i < RECORDS; i++) {
                    String marker = "probe-" + i + "-" + UUID.randomUUID();
                    double from = now();
                    send(producer, marker);
                    probes.add(new Probe(marker, from, now()));
                }
                strace.terminate();
                strace.exitCode(LIMIT);
            }
        }
        SyscallTrace calls = SyscallTrace.parse(Files.readAllLines(trace, StandardCharsets.ISO_8859_1), port);
        return probes.stream()
                .map(probe -> calls.unforced(probe.marker(), probe.from(), probe.to()))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Conversation strace(long pid, Path trace, List<String> faults) {
        List<String> words = new ArrayList<>(List.of(
                Tools.onPath("strace"), "-f", "-ttt", "-yy", "-s", "65536", "-e", TRACED, "-o", trace.toString()));
        words.addAll(faults);
        words.addAll(List.of("-p", Long.toString(pid)));
        return Command.of(words).converse();
    }

    private static void send(KafkaProducer<byte[], String> producer, String value) throws Exception {
        producer.send(new ProducerRecord<>("fsync", value)).get(30, TimeUnit.SECONDS);
    }

    private static double now() {
        java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }

    private record Probe(String marker, double from, double to) {}
}
