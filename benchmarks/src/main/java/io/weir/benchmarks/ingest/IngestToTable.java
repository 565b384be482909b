package io.weir.benchmarks.ingest;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Produces order events at a fixed rate and prints one line of JSON: the producer's latency, how long records took from
 * their acknowledgement until the catalog showed them, and what it cost. {@code benchmarks/ingest-to-table} runs it.
 *
 * <p>Latency counts from the moment a record was due, so that a producer that was held up hides nothing. Freshness
 * takes the table's rows to be the records in the order of their acknowledgements; among partitions that is true up to
 * one request, and it counts until the answer of the catalog arrived, which is asked four times a second.
 */
public final class IngestToTable {
    private static final String TOPIC = "events";
    private static final int PARTITIONS = 4;
    private static final long TICK_NANOS = 1_000_000;
    private static final long LOOK_NANOS = 250_000_000;
    private static final long CATCH_UP_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Doors doors;
    private final boolean tables;
    private final int rate;
    private final int warmUpSeconds;
    private final long[] acknowledgedAt;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicLong failed = new AtomicLong();
    private final Percentiles latency = new Percentiles();
    private final Percentiles freshness = new Percentiles();
    private long heapPeakBytes;
    private Doors.Table table = Doors.Table.NONE;

    private IngestToTable(Doors doors, boolean tables, int rate, int warmUpSeconds, int seconds) {
        this.doors = doors;
        this.tables = tables;
        this.rate = rate;
        this.warmUpSeconds = warmUpSeconds;
        this.acknowledgedAt = new long[Math.multiplyExact(rate, warmUpSeconds + seconds)];
    }

    /** BOOTSTRAP ADMIN-URI PID TABLES(true|false) RATE WARM-UP-SECONDS SECONDS. */
    public static void main(String[] args) throws Exception {
        Doors doors = new Doors(URI.create(args[1]), Long.parseLong(args[2]));
        IngestToTable run = new IngestToTable(
                doors,
                Boolean.parseBoolean(args[3]),
                Integer.parseInt(args[4]),
                Integer.parseInt(args[5]),
                Integer.parseInt(args[6]));
        run.run(args[0]);
    }

    private void run(String bootstrap) throws Exception {
        createTopic(bootstrap);
        Map<String, Object> settings =
                Map.of("bootstrap.servers", bootstrap, "acks", "all", "linger.ms", "5", "batch.size", "65536");
        Thread looking = Thread.ofPlatform().name("looking").start(this::look);
        long began;
        double cpuBefore = doors.cpuSeconds();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            began = System.nanoTime();
            produce(producer, began);
        }
        double elapsed = (System.nanoTime() - began) / 1e9;
        double cpu = doors.cpuSeconds() - cpuBefore;
        looking.join();
        print(elapsed, cpu);
    }

    private static void createTopic(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)
                            .configs(Map.of("table.value-format", "json", "table.commit-interval", "10s"))))
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private void produce(KafkaProducer<byte[], byte[]> producer, long began) {
        OrderEvents events = new OrderEvents(1);
        long warmAt = began + TimeUnit.SECONDS.toNanos(warmUpSeconds);
        for (int number = 0; number < acknowledgedAt.length; number++) {
            long due = began + number * 1_000_000_000L / rate / TICK_NANOS * TICK_NANOS;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            byte[] value = events.next(number, System.currentTimeMillis());
            // Callbacks come on the producer's one thread.
            var _ = producer.send(new ProducerRecord<>(TOPIC, value), (sent, failure) -> {
                if (failure != null) {
                    failed.incrementAndGet();
                    return;
                }
                long now = System.nanoTime();
                acknowledgedAt[acknowledged.get()] = now;
                acknowledged.incrementAndGet();
                if (due >= warmAt) {
                    latency.add(now - due);
                }
            });
        }
    }

    /** Until every record is seen in the table, or that takes too long. */
    private void look() {
        int seen = 0;
        long lastProgress = System.nanoTime();
        for (long look = 0; seen < acknowledgedAt.length; look++) {
            LockSupport.parkNanos(LOOK_NANOS);
            int until = (int) Math.min(look(look), acknowledged.get());
            long now = System.nanoTime();
            if (until > seen) {
                lastProgress = now;
            }
            for (; seen < until; seen++) {
                freshness.add(now - acknowledgedAt[seen]);
            }
            if (now - lastProgress > CATCH_UP_NANOS) {
                return;
            }
        }
    }

    /** How many records are where they should be: in the table, or, without tables, acknowledged. */
    private long look(long look) {
        try {
            if (look % 4 == 0) {
                heapPeakBytes = Math.max(heapPeakBytes, doors.heapBytes());
            }
            if (!tables) {
                return acknowledged.get();
            }
            table = doors.table(TOPIC);
            return table.rows();
        } catch (Exception failure) {
            throw new IllegalStateException("Cannot look at the server", failure);
        }
    }

    private void print(double elapsed, double cpuSeconds) throws Exception {
        int records = acknowledged.get();
        StringBuilder line = new StringBuilder("{\"tables\":").append(tables);
        line.append(",\"records\":").append(records).append(",\"failed\":").append(failed.get());
        number(line, "records_per_second", records / elapsed);
        number(line, "produce_p50_ms", latency.at(0.5));
        number(line, "produce_p99_ms", latency.at(0.99));
        number(line, "produce_p999_ms", latency.at(0.999));
        number(line, "cpu_s_per_million", cpuSeconds / records * 1e6);
        number(line, "heap_peak_mb", heapPeakBytes / 1e6);
        number(line, "rss_peak_mb", doors.residentPeakBytes() / 1e6);
        if (tables) {
            line.append(",\"rows\":").append(table.rows());
            number(line, "freshness_p50_s", freshness.at(0.5) / 1e3);
            number(line, "freshness_p99_s", freshness.at(0.99) / 1e3);
            number(line, "freshness_max_s", freshness.at(1) / 1e3);
            double bytesPerRow = table.rows() == 0 ? 0 : (double) table.bytes() / table.rows();
            number(line, "parquet_bytes_per_record", bytesPerRow);
            number(line, "parquet_percent_of_json", 100 * bytesPerRow / OrderEvents.SIZE_BYTES);
        }
        System.out.println(line.append('}'));
    }

    private static void number(StringBuilder line, String name, double value) {
        line.append(",\"").append(name).append("\":").append(Doors.oneDecimal(value));
    }
}
