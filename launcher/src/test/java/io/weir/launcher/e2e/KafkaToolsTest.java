package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apache Kafka's own command-line tools, as published, do their work on Weir. */
@Tag("e2e")
class KafkaToolsTest {
    private static final String TOPICS = "org.apache.kafka.tools.TopicCommand";
    private static final String CONFIGS = "kafka.admin.ConfigCommand";
    private static final String GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Broker broker;

    private final String topic = "tools-" + UUID.randomUUID();

    @BeforeAll
    static void start() {
        broker = Broker.start("kafka-tools", directory.resolve("data"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Command tool(String main, String... words) {
        Path jars = Tools.installed("kafka-tools");
        List<String> all = new ArrayList<>(
                List.of(Weir.java(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", jars + "/*", main));
        all.addAll(List.of(words));
        return Command.of(all);
    }

    /** These wait five seconds for everything together unless they are told otherwise. */
    private static String ofGroups(String... words) {
        return tool(GROUPS, "--bootstrap-server", broker.bootstrap(), "--timeout", "60000")
                .with(words)
                .run()
                .succeeded()
                .text();
    }

    private static String run(String main, String... words) {
        return tool(main, "--bootstrap-server", broker.bootstrap())
                .with(words)
                .run()
                .succeeded()
                .text();
    }

    @Test
    void kafkaTopicsCreatesListsDescribesAltersAndDeletes() {
        // When
        run(TOPICS, "--create", "--topic", topic, "--partitions", "3", "--config", "retention.ms=3600000");

        // Then
        assertThat(run(TOPICS, "--list").lines()).contains(topic);
        assertThat(run(TOPICS, "--describe", "--topic", topic))
                .contains("PartitionCount: 3", "retention.ms=3600000", "Partition: 2");
        run(TOPICS, "--alter", "--topic", topic, "--partitions", "5");
        assertThat(run(TOPICS, "--describe", "--topic", topic)).contains("PartitionCount: 5");
        assertThat(run(TOPICS, "--describe", "--unavailable-partitions")).isEmpty();
        run(TOPICS, "--delete", "--topic", topic);
        assertThat(run(TOPICS, "--list").lines()).doesNotContain(topic);
    }

    @Test
    void kafkaTopicsIsToldWhyATopicIsRefused() {
        run(TOPICS, "--create", "--topic", topic);
        Command.Finished again = tool(TOPICS, "--bootstrap-server", broker.bootstrap())
                .with("--create", "--topic", topic)
                .run();
        assertThat(again.exitCode()).isNotZero();
        assertThat(again.text() + again.err()).contains("already exists");
    }

    @Test
    void kafkaConfigsShowsAndChangesTopics() {
        run(TOPICS, "--create", "--topic", topic);

        // When
        run(
                CONFIGS,
                "--alter",
                "--entity-type",
                "topics",
                "--entity-name",
                topic,
                "--add-config",
                "max.message.bytes=2000000,retention.bytes=1000000000");

        // Then
        String[] describe = {"--describe", "--entity-type", "topics", "--entity-name", topic};
        assertThat(run(CONFIGS, describe)).contains("max.message.bytes=2000000", "retention.bytes=1000000000");
        run(
                CONFIGS,
                "--alter",
                "--entity-type",
                "topics",
                "--entity-name",
                topic,
                "--delete-config",
                "retention.bytes");
        assertThat(run(CONFIGS, describe)).contains("max.message.bytes=2000000").doesNotContain("retention.bytes=1");
        assertThat(run(CONFIGS, "--describe", "--all", "--entity-type", "topics", "--entity-name", topic))
                .contains("cleanup.policy=delete", "compression.type=producer", "retention.ms=604800000");
    }

    @Test
    void kafkaConfigsShowsBrokers() {
        String id = run("org.apache.kafka.tools.BrokerApiVersionsCommand")
                .lines()
                .filter(line -> line.contains("(id: "))
                .findFirst()
                .orElseThrow()
                .replaceAll(".*\\(id: (\\d+) .*", "$1");
        assertThat(run(CONFIGS, "--describe", "--entity-type", "brokers", "--entity-name", id, "--all"))
                .contains("All configs for broker " + id);
    }

    @Test
    void kafkaConfigsShowsAndChangesGroups() {
        String group = "group-" + topic;
        String setting = "consumer.session.timeout.ms=50000";
        run(CONFIGS, "--alter", "--entity-type", "groups", "--entity-name", group, "--add-config", setting);
        assertThat(run(CONFIGS, "--describe", "--entity-type", "groups", "--entity-name", group))
                .contains(setting);
    }

    @Test
    void kafkaConsumerGroupsListsDescribesResetsAndDeletes() throws Exception {
        // Given
        String group = "group-" + topic;
        run(TOPICS, "--create", "--topic", topic, "--partitions", "1");
        run(
                "org.apache.kafka.tools.ProducerPerformance",
                "--topic",
                topic,
                "--num-records",
                "100",
                "--record-size",
                "50",
                "--throughput",
                "-1");

        // When
        ofGroups("--group", group, "--topic", topic, "--reset-offsets", "--to-offset", "40", "--execute");

        // Then
        assertThat(ofGroups("--list").lines()).contains(group);
        assertThat(columns(ofGroups("--describe", "--group", group), group)).contains(topic, "0", "40", "100", "60");
        ofGroups("--group", group, "--topic", topic, "--reset-offsets", "--to-latest", "--execute");
        assertThat(columns(ofGroups("--describe", "--group", group), group)).contains("100");
        ofGroups("--delete-offsets", "--group", group, "--topic", topic);
        ofGroups("--group", group, "--topic", topic, "--reset-offsets", "--to-earliest", "--execute");
        ofGroups("--delete", "--group", group);
        assertThat(ofGroups("--list").lines()).doesNotContain(group);
    }

    private static List<String> columns(String described, String group) {
        return List.of(described
                .lines()
                .filter(line -> line.startsWith(group))
                .findFirst()
                .orElse("")
                .split("\\s+", -1));
    }

    @Test
    void kafkaProducerPerformanceProducesWithEveryAcknowledgement() {
        run(TOPICS, "--create", "--topic", topic, "--partitions", "4");
        assertThat(run(
                        "org.apache.kafka.tools.ProducerPerformance",
                        "--topic",
                        topic,
                        "--num-records",
                        "50000",
                        "--record-size",
                        "200",
                        "--throughput",
                        "-1",
                        "--command-property",
                        "acks=all"))
                .contains("50000 records sent");
    }
}
