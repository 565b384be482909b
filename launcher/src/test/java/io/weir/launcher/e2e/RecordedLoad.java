package io.weir.launcher.e2e;

import io.weir.testsupport.history.Operation;
import io.weir.testsupport.history.Partition;
import io.weir.testsupport.history.Pending;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Run;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Clients of every kind that go on whatever happens to the servers, and write down what they saw.
 *
 * <p>Threading: a thread for each client, until {@link #stop}.
 */
final class RecordedLoad {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration SCAN_AT_MOST = Duration.ofMinutes(2);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int PADDING = 200;

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final Recorder recorder;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong values = new AtomicLong();
    private final Outages acknowledgements = new Outages();
    private final Outages polls = new Outages();
    private final Outages commits = new Outages();
    private final Map<String, Outages> commitsOfGroups = new ConcurrentHashMap<>();
    private final List<Outages> writes;
    private final List<Outages> reads;
    private volatile boolean stopping;

    RecordedLoad(String bootstrap, String topic, int partitions, Recorder recorder) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.recorder = recorder;
        writes = Stream.generate(Outages::new).limit(partitions).toList();
        reads = Stream.generate(Outages::new).limit(partitions).toList();
    }

    /** When records were acknowledged. */
    Outages acknowledgements() {
        return acknowledgements;
    }

    /** When group members were given records. */
    Outages polls() {
        return polls;
    }

    /** When group members had their offsets committed. */
    Outages commits() {
        return commits;
    }

    /** When members of one group had their offsets committed. */
    Outages commits(String group) {
        return commitsOfGroups.computeIfAbsent(group, its -> new Outages());
    }

    /** When records were acknowledged, by partition. */
    List<Outages> writes() {
        return writes;
    }

    /** When readers without a group were given records, by partition. */
    List<Outages> reads() {
        return reads;
    }

    /** Starts an idempotent producer that sends about so many records a second. */
    void produce(String producer, int perSecond) {
        start(() -> {
            try (KafkaProducer<byte[], byte[]> kafka = new KafkaProducer<>(
                    settings(Map.of(
                            "enable.idempotence", true,
                            "delivery.timeout.ms", 60_000,
                            "max.block.ms", 60_000,
                            "retry.backoff.ms", 20,
                            "linger.ms", 2)),
                    new ByteArraySerializer(),
                    new ByteArraySerializer())) {
                long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
                long next = System.nanoTime();
                for (long sequence = 0; !stopping; sequence++) {
                    send(kafka, producer, sequence);
                    next = Math.max(next + interval, System.nanoTime() - interval);
                    LockSupport.parkNanos(next - System.nanoTime());
                }
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback tells
    private void send(KafkaProducer<byte[], byte[]> kafka, String producer, long sequence) {
        int partition = (int) (sequence % partitions);
        long value = values.incrementAndGet();
        Pending<Operation.Send> sent = recorder.send(producer, sequence, new Partition(topic, partition), value);
        byte[] bytes = ByteBuffer.allocate(Long.BYTES + PADDING).putLong(value).array();
        kafka.send(new ProducerRecord<>(topic, partition, null, bytes), (at, failure) -> {
            if (failure == null) {
                acknowledgements.happened();
                writes.get(partition).happened();
                sent.ok(send -> send.at(at.offset()));
            } else {
                sent.unknown();
            }
        });
    }

    /** Starts a member of a group that commits what it has read. */
    void consume(String member, String group) {
        start(() -> {
            while (!stopping) {
                try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                        settings(Map.of(
                                "group.id",
                                group,
                                "group.protocol",
                                "consumer",
                                "enable.auto.commit",
                                false,
                                "auto.offset.reset",
                                "earliest",
                                "default.api.timeout.ms",
                                30_000)),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
                    consumer.subscribe(List.of(topic), new Rebalances(member, group));
                    while (!stopping) {
                        pollAndCommit(consumer, member, group);
                    }
                }
            }
        });
    }

    private final class Rebalances implements ConsumerRebalanceListener {
        private final String member;
        private final String group;

        Rebalances(String member, String group) {
            this.member = member;
            this.group = group;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> given) {
            recorder.assigned(member, group, named(given));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> taken) {
            recorder.revoked(member, named(taken));
        }
    }

    private static List<Partition> named(Collection<TopicPartition> partitions) {
        return partitions.stream()
                .map(each -> new Partition(each.topic(), each.partition()))
                .toList();
    }

    private void pollAndCommit(KafkaConsumer<byte[], byte[]> consumer, String member, String group) {
        Pending<Operation.Poll> poll = recorder.poll(member);
        ConsumerRecords<byte[], byte[]> records;
        try {
            records = consumer.poll(POLL);
        } catch (KafkaException away) {
            poll.unknown();
            LockSupport.parkNanos(AGAIN_NANOS);
            return;
        }
        List<Run> runs = runs(records);
        poll.ok(begun -> begun.returned(runs));
        Map<TopicPartition, OffsetAndMetadata> offsets = records.nextOffsets();
        if (offsets.isEmpty()) {
            return;
        }
        polls.happened();
        Map<Partition, Long> committed = new HashMap<>();
        offsets.forEach((at, offset) -> committed.put(new Partition(at.topic(), at.partition()), offset.offset()));
        Pending<Operation.Commit> commit = recorder.commit(member, group, committed);
        try {
            consumer.commitSync(offsets);
            commit.ok();
            commits.happened();
            commits(group).happened();
        } catch (KafkaException away) {
            commit.unknown();
            LockSupport.parkNanos(AGAIN_NANOS);
        }
    }

    /** Starts a reader of all partitions that belongs to no group. */
    void read(String reader) {
        start(() -> {
            try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                    settings(Map.of("auto.offset.reset", "earliest")),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer())) {
                consumer.assign(IntStream.range(0, partitions)
                        .mapToObj(number -> new TopicPartition(topic, number))
                        .toList());
                while (!stopping) {
                    Pending<Operation.Poll> poll = recorder.poll(reader);
                    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                    List<Run> runs = runs(records);
                    poll.ok(begun -> begun.returned(runs));
                    records.partitions()
                            .forEach(each -> reads.get(each.partition()).happened());
                }
            }
        });
    }

    private static List<Run> runs(ConsumerRecords<byte[], byte[]> records) {
        Run.Builder runs = new Run.Builder();
        records.forEach(each -> runs.add(
                new Partition(each.topic(), each.partition()),
                each.offset(),
                ByteBuffer.wrap(each.value()).getLong()));
        return runs.build();
    }

    /** Reads every partition as a whole, by way of one server. */
    void scan(String reader, String server) {
        Map<String, Object> settings = settings(Map.of("auto.offset.reset", "none", "max.poll.records", 5000));
        settings.put("bootstrap.servers", server);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            for (int number = 0; number < partitions; number++) {
                scan(consumer, reader, new TopicPartition(topic, number));
            }
        }
    }

    private void scan(KafkaConsumer<byte[], byte[]> consumer, String reader, TopicPartition partition) {
        Pending<Operation.Scan> scan = recorder.scan(reader, new Partition(partition.topic(), partition.partition()));
        consumer.assign(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        consumer.seekToBeginning(List.of(partition));
        long deadline = System.nanoTime() + SCAN_AT_MOST.toNanos();
        while (consumer.position(partition) < end) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(partition + " cannot be read to " + end + " within " + SCAN_AT_MOST);
            }
            Pending<Operation.Poll> poll = recorder.poll(reader);
            List<Run> runs = runs(consumer.poll(POLL));
            poll.ok(begun -> begun.returned(runs));
        }
        long start = consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
        scan.ok(begun -> begun.between(start, end));
    }

    /** Asks for a group's offsets. */
    void fetchCommitted(String client, String group, String server) throws Exception {
        Pending<Operation.Fetch> fetch = recorder.fetch(client, group);
        try (Topics topics = new Topics(server)) {
            Map<Partition, Long> found = new HashMap<>();
            topics.committed(group).forEach((partition, offset) -> found.put(new Partition(topic, partition), offset));
            fetch.ok(begun -> begun.found(found));
        }
    }

    private Map<String, Object> settings(Map<String, Object> more) {
        return settings(bootstrap, more);
    }

    /** Of a client that soon asks another server. */
    static Map<String, Object> settings(String bootstrap, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("request.timeout.ms", 3_000);
        settings.put("reconnect.backoff.ms", 20);
        settings.put("reconnect.backoff.max.ms", 200);
        settings.put("socket.connection.setup.timeout.ms", 1_000);
        settings.put("enable.metrics.push", false);
        return settings;
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

    /** Lets everything that is on its way arrive, then ends. */
    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            if (!thread.join(Duration.ofSeconds(90))) {
                throw new AssertionError("A client does not end: " + thread);
            }
        }
        check();
    }
}
