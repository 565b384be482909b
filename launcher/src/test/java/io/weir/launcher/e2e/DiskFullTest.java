package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk without room: writes are refused retriably, and go on unaided when there is room again. */
@Tag("e2e")
class DiskFullTest {
    private static final long DISK_BYTES = 400L << 20;
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final Duration IMPATIENT = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int MOST_SENT = 5000;

    @TempDir
    Path directory;

    private final SmallDisks disks = new SmallDisks(DISK_BYTES);

    @BeforeEach
    void mount() throws IOException {
        disks.mount(disk());
    }

    @AfterEach
    void unmount() {
        disks.close();
    }

    private Path disk() {
        return directory.resolve("disk");
    }

    @Test
    void writesAreRefusedRetriablyAndResumeUnaided() throws Exception {
        Ledger ledger = new Ledger();
        try (ServerProcess server = Weir.server("disk-full", disk().resolve("data"), "--wal-max-bytes", "256MiB")
                .start()) {
            try (Topics topics = new Topics(server.bootstrap())) {
                topics.create("full", 1);
            }
            long next = send(server, ledger, 1, 200);

            // When
            SmallDisks.fill(disk());
            long refusedAt = sendUntilRefused(server, ledger, next);

            // Then
            assertThat(server.isAlive()).isTrue();
            SmallDisks.free(disk());
            AtomicLong attempt = new AtomicLong(refusedAt + 1_000_000);
            Await.until("writes go on unaided", LIMIT, () -> tryOne(server, ledger, attempt.incrementAndGet()));
            send(server, ledger, refusedAt + 2_000_000, 200);
            assertThat(Verification.verify(server.bootstrap(), "full", ledger.acknowledged()))
                    .isEqualTo(ledger.records());
            server.kill();
            server.start();
            assertThat(Verification.verify(server.bootstrap(), "full", ledger.acknowledged()))
                    .isEqualTo(ledger.records());
        }
    }

    /** One that gives up within a time, of which a request has the most. */
    private static KafkaProducer<byte[], byte[]> producer(ServerProcess server, Duration within) {
        int millis = (int) within.toMillis();
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        server.bootstrap(),
                        "linger.ms",
                        0,
                        "request.timeout.ms",
                        millis * 4 / 5,
                        "delivery.timeout.ms",
                        millis,
                        "max.block.ms",
                        millis),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static long send(ServerProcess server, Ledger ledger, long first, int count) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(server, PATIENT)) {
            for (long number = first; number < first + count; number++) {
                sendOne(producer, ledger, number);
            }
        }
        return first + count;
    }

    private static void sendOne(KafkaProducer<byte[], byte[]> producer, Ledger ledger, long number) throws Exception {
        long id = Ledger.id(1, number);
        RecordMetadata at = producer.send(new ProducerRecord<>("full", 0, null, Ledger.value(id)))
                .get(2, TimeUnit.MINUTES);
        ledger.acknowledged(at.partition(), at.offset(), id);
    }

    private static long sendUntilRefused(ServerProcess server, Ledger ledger, long first) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(server, IMPATIENT)) {
            for (long number = first; number < first + MOST_SENT; number++) {
                try {
                    sendOne(producer, ledger, number);
                } catch (ExecutionException refused) {
                    assertThat(refused.getCause()).isInstanceOf(RetriableException.class);
                    return number;
                }
            }
        }
        throw new AssertionError("Nothing was refused on a full disk");
    }

    private static boolean tryOne(ServerProcess server, Ledger ledger, long number) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(server, IMPATIENT)) {
            sendOne(producer, ledger, number);
            return true;
        } catch (ExecutionException stillRefused) {
            return false;
        }
    }
}
