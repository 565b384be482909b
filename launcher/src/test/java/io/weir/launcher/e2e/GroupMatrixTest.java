package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.Conversation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Members of every make share a group's partitions, commit, leave, and those who come later go on where they stopped.
 */
@Tag("e2e")
class GroupMatrixTest {
    private static final int PARTITIONS = 4;
    private static final int EACH = 10;
    private static final Duration LIMIT = Duration.ofSeconds(45);
    private static final Pattern ASSIGNED = Pattern.compile("\\{\"assigned\":\\[([0-9,]*)]}");
    private static final Pattern KCAT_ASSIGNED = Pattern.compile("\\[(\\d+)]");

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Broker broker;

    @SuppressWarnings("NullAway.Init")
    private static Topics topics;

    @SuppressWarnings("NullAway.Init")
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeAll
    static void start() {
        broker = Broker.start("group-matrix", directory.resolve("data"));
        topics = new Topics(broker.bootstrap());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterAll
    static void stop() {
        producer.close(Duration.ofSeconds(5));
        topics.close();
        broker.close();
    }

    private static void produce(String topic) throws Exception {
        for (int i = 0; i < PARTITIONS * EACH; i++) {
            producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, new byte[] {(byte) i}))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "JAVA,JAVA,classic",
        "JAVA,JAVA,consumer",
        "JAVA_3_9,JAVA_3_9,classic",
        "PYTHON,PYTHON,classic",
        "PYTHON,PYTHON,consumer",
        "NODE,NODE,classic",
        "JAVA,PYTHON,classic",
        "JAVA,PYTHON,consumer"
    })
    void twoMembersShareCommitAndResume(Client first, Client second, String protocol) throws Exception {
        String id = first + "-" + second + "-" + protocol + "-" + UUID.randomUUID();
        String topic = topics.create("topic-" + id, PARTITIONS);
        String group = "group-" + id;

        // Given
        try (Conversation one = first.member(broker.bootstrap(), topic, group, protocol)) {
            one.await("all partitions", LIMIT, heard -> assigned(heard).size() == PARTITIONS);
            try (Conversation two = second.member(broker.bootstrap(), topic, group, protocol)) {
                two.await(
                        "its half of the partitions",
                        LIMIT,
                        heard -> assigned(heard).size() == 2);
                one.await("the other half", LIMIT, heard -> assigned(heard).size() == 2);
                assertThat(assigned(one.heard())).doesNotContainAnyElementsOf(assigned(two.heard()));

                // When
                produce(topic);

                // Then
                one.await("its records", LIMIT, heard -> records(heard).size() == 2 * EACH);
                two.await("its records", LIMIT, heard -> records(heard).size() == 2 * EACH);
                Set<String> both = new HashSet<>(records(one.heard()));
                both.addAll(records(two.heard()));
                assertThat(both).hasSize(PARTITIONS * EACH);
                commit(one);
                commit(two);
                leave(one);
                leave(two);
            }
        }
        assertThat(topics.committed(group)).isEqualTo(all(EACH));
        resumes(first, protocol, topic, group);
    }

    private static void resumes(Client client, String protocol, String topic, String group) throws Exception {
        // When
        produce(topic);

        // Then
        try (Conversation later = client.member(broker.bootstrap(), topic, group, protocol)) {
            later.await("the second half", LIMIT, heard -> records(heard).size() >= PARTITIONS * EACH);
            commit(later);
            leave(later);
            assertThat(records(later.heard())).hasSize(PARTITIONS * EACH).allMatch(line -> offset(line) >= EACH);
        }
        assertThat(topics.committed(group)).isEqualTo(all(2 * EACH));
    }

    @Test
    void twoKcatsShareCommitAndResume() throws Exception {
        String id = "kcat-" + UUID.randomUUID();
        String topic = topics.create("topic-" + id, PARTITIONS);
        Command kcat = Command.of("sh", "-c", "exec " + Tools.onPath("kcat") + " \"$@\" 2>&1", "kcat")
                .with(
                        "-b",
                        broker.bootstrap(),
                        "-u",
                        "-X",
                        "auto.offset.reset=earliest",
                        "-X",
                        "heartbeat.interval.ms=500")
                .with("-X", "session.timeout.ms=10000", "-f", "record %p %o\n", "-G", "group-" + id, topic);

        // Given
        try (Conversation one = kcat.converse();
                Conversation two = kcat.converse()) {
            one.await(
                    "half of the partitions",
                    LIMIT,
                    heard -> kcatAssigned(heard).size() == 2);
            two.await(
                    "half of the partitions",
                    LIMIT,
                    heard -> kcatAssigned(heard).size() == 2);

            // When
            produce(topic);
            one.await("its records", LIMIT, heard -> kcatRecords(heard).size() == 2 * EACH);
            two.await("its records", LIMIT, heard -> kcatRecords(heard).size() == 2 * EACH);
            one.terminate();
            one.exitCode(LIMIT);
            two.terminate();
            two.exitCode(LIMIT);
        }

        // Then
        assertThat(topics.committed("group-" + id)).isEqualTo(all(EACH));
        produce(topic);
        try (Conversation later = kcat.converse()) {
            later.await("the second half", LIMIT, heard -> kcatRecords(heard).size() >= PARTITIONS * EACH);
            assertThat(kcatRecords(later.heard())).hasSize(PARTITIONS * EACH);
        }
    }

    private static void commit(Conversation member) {
        member.say("commit");
        member.await("committed", LIMIT, heard -> heard.contains("{\"committed\":true}"));
    }

    private static void leave(Conversation member) {
        member.say("close");
        assertThat(member.exitCode(LIMIT)).isZero();
    }

    private static Map<Integer, Long> all(long offset) {
        Map<Integer, Long> offsets = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            offsets.put(i, offset);
        }
        return offsets;
    }

    private static Set<String> assigned(List<String> heard) {
        for (String line : heard.reversed()) {
            Matcher matcher = ASSIGNED.matcher(line);
            if (matcher.matches()) {
                String partitions = matcher.group(1);
                return partitions.isEmpty() ? Set.of() : Set.of(partitions.split(",", -1));
            }
        }
        return Set.of();
    }

    private static List<String> records(List<String> heard) {
        return heard.stream().filter(line -> line.startsWith("{\"p\":")).toList();
    }

    private static long offset(String line) {
        int start = line.indexOf("\"o\":") + 4;
        return Long.parseLong(line.substring(start, line.indexOf(',', start)));
    }

    private static List<String> kcatAssigned(List<String> heard) {
        for (String line : heard.reversed()) {
            if (line.contains("rebalanced") && line.contains("assigned:")) {
                List<String> partitions = new ArrayList<>();
                Matcher matcher = KCAT_ASSIGNED.matcher(line.substring(line.indexOf("assigned:")));
                while (matcher.find()) {
                    partitions.add(matcher.group(1));
                }
                return partitions;
            }
        }
        return List.of();
    }

    private static List<String> kcatRecords(List<String> heard) {
        return heard.stream().filter(line -> line.startsWith("record ")).toList();
    }
}
