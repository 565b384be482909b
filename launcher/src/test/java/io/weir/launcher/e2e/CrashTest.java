package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 at random instants under idempotent load. {@code -Dweir.crash.kills=N} for more of them,
 * {@code -Dweir.crash.seed=S} to repeat a run's instants.
 */
@Tag("e2e")
class CrashTest {
    private static final int KILLS = Integer.getInteger("weir.crash.kills", 12);
    private static final long SEED = Long.getLong("weir.crash.seed", System.nanoTime());
    private static final int PARTITIONS = 6;
    private static final String TOPIC = "crash";
    private static final String SHORT_LIVED = "crash-short-lived";
    private static final String GROUP = "crash-group";

    @TempDir
    Path directory;

    @Test
    void acknowledgedRecordsAndCommitsSurviveKillsAtAnyInstant() throws Exception {
        // Given
        System.out.println("crash test: seed " + SEED + ", " + KILLS + " kills");
        Random random = new Random(SEED);
        Ledger ledger = new Ledger();
        Ledger shortLived = new Ledger();
        try (ServerProcess server = Weir.server(
                        "crash", directory.resolve("data"), "--flush-bytes", "1MiB", "--flush-interval", "1s")
                .start()) {
            try (Topics topics = new Topics(server.bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
                topics.create(SHORT_LIVED, 2, Map.of("retention.bytes", "1000000", "retention.ms", "10000"));
            }
            Load load = new Load(server.bootstrap(), TOPIC, PARTITIONS, ledger);
            load.produce(1, 400);
            load.produce(2, 400);
            load.consume(GROUP);
            Load passing = new Load(server.bootstrap(), SHORT_LIVED, 2, shortLived);
            passing.produce(3, 400);

            // When
            for (int kill = 1; kill <= KILLS; kill++) {
                killOnce(server, ledger, random);
                load.check();
                passing.check();
                System.out.println("crash test: kill " + kill + ", " + ledger.records() + " acknowledged");
            }
            load.stop();
            passing.stop();

            // Then
            assertThat(verify(server.bootstrap(), ledger.acknowledged())).isEqualTo(ledger.records());
            assertThat(ledger.records()).isGreaterThan(KILLS * 100L);
            System.out.println("crash test: seed " + SEED + ", " + KILLS + " kills, " + ledger.records()
                    + " acknowledged records and " + ledger.committed() + " commits kept, " + load.unacknowledged()
                    + " records given up");
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + SEED + ": " + wrong.getMessage(), wrong);
        }
    }

    private static void killOnce(ServerProcess server, Ledger ledger, Random random) throws Exception {
        long before = ledger.records();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200 + random.nextInt(3000)));
        server.kill();
        Map<Integer, Long> committed = ledger.committed();
        Map<Integer, Map<Long, Long>> acknowledged = ledger.acknowledged();
        server.start();
        verify(server.bootstrap(), acknowledged);
        try (Topics topics = new Topics(server.bootstrap())) {
            Ledger.checkCommitted(committed, topics.committed(GROUP));
        }
        Await.until("acknowledgements go on", Duration.ofSeconds(60), () -> ledger.records() > before + 50);
    }

    /** Reads every partition from its beginning and returns how many acknowledged records were found. */
    private static long verify(String bootstrap, Map<Integer, Map<Long, Long>> acknowledged) {
        long confirmed = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "auto.offset.reset",
                        "none",
                        "max.poll.records",
                        5000,
                        "default.api.timeout.ms",
                        60_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            Map<Integer, Ledger.Reading> readings = new java.util.HashMap<>();
            acknowledged.forEach((partition, ids) -> {
                partitions.add(new TopicPartition(TOPIC, partition));
                readings.put(partition, new Ledger.Reading(partition, ids));
            });
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            partitions.forEach(each -> consumer.seek(each, 0));
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
                assertThat(System.nanoTime() - deadline)
                        .as("reading takes too long")
                        .isNegative();
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    Ledger.Reading reading = readings.get(record.partition());
                    if (reading != null) {
                        reading.read(record.offset(), record.value());
                    }
                }
            }
            for (Ledger.Reading reading : readings.values()) {
                confirmed += reading.finish();
            }
        }
        return confirmed;
    }
}
