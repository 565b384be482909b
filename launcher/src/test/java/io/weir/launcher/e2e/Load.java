package io.weir.launcher.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Idempotent producers and a committing group member that go on whatever happens to the server, and enter into a ledger
 * what it acknowledges.
 *
 * <p>Threading: a thread for each producer and one for the member, until {@link #stop}.
 */
final class Load {
    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final Ledger ledger;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong unacknowledged = new AtomicLong();
    private volatile boolean stopping;

    Load(String bootstrap, String topic, int partitions, Ledger ledger) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.ledger = ledger;
    }

    /** Starts a producer that sends about so many records a second. */
    void produce(int producer, int perSecond) {
        start(() -> {
            try (KafkaProducer<byte[], byte[]> kafka = new KafkaProducer<>(
                    Map.of(
                            "bootstrap.servers",
                            bootstrap,
                            "enable.idempotence",
                            true,
                            "delivery.timeout.ms",
                            180_000,
                            "request.timeout.ms",
                            5_000,
                            "max.block.ms",
                            120_000,
                            "reconnect.backoff.max.ms",
                            200,
                            "linger.ms",
                            producer % 2 == 0 ? 0 : 5),
                    new ByteArraySerializer(),
                    new ByteArraySerializer())) {
                long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
                long next = System.nanoTime();
                for (long number = 1; !stopping; number++) {
                    send(kafka, (int) (number % partitions), Ledger.id(producer, number));
                    next = Math.max(next + interval, System.nanoTime() - interval);
                    LockSupport.parkNanos(next - System.nanoTime());
                }
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback tells
    private void send(KafkaProducer<byte[], byte[]> kafka, int partition, long id) {
        kafka.send(new ProducerRecord<>(topic, partition, null, Ledger.value(id)), (at, failure) -> {
            if (failure != null) {
                unacknowledged.incrementAndGet();
                return;
            }
            try {
                ledger.acknowledged(at.partition(), at.offset(), id);
            } catch (AssertionError wrong) {
                failures.add(wrong);
            }
        });
    }

    /** Starts a group member that commits what it has read. */
    void consume(String group) {
        start(() -> {
            try (KafkaConsumer<byte[], byte[]> member = new KafkaConsumer<>(
                    Map.of(
                            "bootstrap.servers",
                            bootstrap,
                            "group.id",
                            group,
                            "enable.auto.commit",
                            false,
                            "auto.offset.reset",
                            "earliest",
                            "reconnect.backoff.max.ms",
                            200,
                            "request.timeout.ms",
                            5_000,
                            "default.api.timeout.ms",
                            30_000),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer())) {
                member.subscribe(List.of(topic));
                while (!stopping) {
                    pollAndCommit(member);
                }
            }
        });
    }

    private void pollAndCommit(KafkaConsumer<byte[], byte[]> member) {
        try {
            var offsets = member.poll(Duration.ofMillis(200)).nextOffsets();
            if (!offsets.isEmpty()) {
                member.commitSync(offsets);
                offsets.forEach((partition, offset) -> ledger.committed(partition.partition(), offset.offset()));
            }
        } catch (KafkaException serverIsAway) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private void start(Runnable work) {
        threads.add(Thread.ofPlatform().daemon().start(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error failure) {
                failures.add(failure);
            }
        }));
    }

    /** Fails with whatever went wrong so far. */
    void check() {
        if (!failures.isEmpty()) {
            throw new AssertionError("The load failed", failures.getFirst());
        }
    }

    /** Records that were given up: they may be there or not. */
    long unacknowledged() {
        return unacknowledged.get();
    }

    /** Lets everything that is on its way arrive, then ends. */
    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(200));
        }
        check();
    }
}
