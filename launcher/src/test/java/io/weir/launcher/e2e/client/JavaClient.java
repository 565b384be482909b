package io.weir.launcher.e2e.client;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The commands of {@code src/test/clients/README.md} with Kafka's Java client. */
public final class JavaClient {
    private static final int MAX_BYTES = 16 << 20;
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    private JavaClient() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "produce" -> produce(args[1], args[2]);
            case "consume" -> consume(args[1], args[2], Integer.parseInt(args[3]));
            case "member" -> member(args[1], args[2], args[3], args[4]);
            default -> throw new IllegalArgumentException("Unknown command " + args[0]);
        }
        OUT.flush();
        System.exit(0);
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap, String codec) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("enable.idempotence", true);
        settings.put("compression.type", codec);
        settings.put("max.request.size", MAX_BYTES);
        settings.put("buffer.memory", 6L * MAX_BYTES);
        settings.put("linger.ms", 5);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void produce(String bootstrap, String topic) throws Exception {
        @Nullable KafkaProducer<byte[], byte[]> producer = null;
        String codec = "";
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            InputRecord each = InputRecord.parse(line);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, each.partition(), each.key(), each.value());
            each.headers().forEach(header -> record.headers().add(header.name(), header.value()));
            if (producer == null || !codec.equals(each.codec())) {
                if (producer != null) {
                    producer.close();
                }
                codec = each.codec();
                producer = producer(bootstrap, codec);
            }
            sent.add(producer.send(record));
        }
        if (producer != null) {
            producer.close();
        }
        for (Future<RecordMetadata> each : sent) {
            RecordMetadata at = each.get();
            OUT.println("{\"p\":" + at.partition() + ",\"o\":" + at.offset() + "}");
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "earliest");
        settings.put("max.partition.fetch.bytes", MAX_BYTES);
        settings.put("check.crcs", true);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static void consume(String bootstrap, String topic, int count) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, Map.of())) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(topic).forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            int left = count;
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (left > 0) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(left + " records did not arrive");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    if (left-- > 0) {
                        OUT.println(OutputRecord.of(record));
                    }
                }
            }
        }
    }

    private static void member(String bootstrap, String topic, String group, String protocol) throws Exception {
        Queue<String> commands = new ConcurrentLinkedQueue<>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                        .lines()
                        .forEach(commands::add));
        Map<String, Object> settings = new HashMap<>(Map.of("group.id", group, "group.protocol", protocol));
        if (protocol.equals("classic")) {
            settings.put("session.timeout.ms", 10_000);
            settings.put("heartbeat.interval.ms", 500);
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, settings)) {
            consumer.subscribe(List.of(topic));
            obey(consumer, commands);
        }
    }

    private static void obey(KafkaConsumer<byte[], byte[]> consumer, Queue<String> commands) {
        @Nullable String assigned = null;
        while (true) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                OUT.println(OutputRecord.of(record));
            }
            TreeSet<Integer> partitions = new TreeSet<>();
            consumer.assignment().forEach(each -> partitions.add(each.partition()));
            String now = partitions.toString().replace(" ", "");
            if (!now.equals(assigned)) {
                assigned = now;
                OUT.println("{\"assigned\":" + now + "}");
            }
            for (String command = commands.poll(); command != null; command = commands.poll()) {
                if (command.equals("close")) {
                    return;
                }
                consumer.commitSync();
                OUT.println("{\"committed\":true}");
            }
            OUT.flush();
        }
    }
}
