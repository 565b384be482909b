package io.weir.launcher.cli;

import io.weir.launcher.logging.Logging;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code weir topic}: creates, shows, changes and deletes topics. */
@Command(
        name = "topic",
        description = "Creates, lists, describes, alters and deletes topics.",
        subcommands = {
            TopicCommand.Create.class,
            TopicCommand.ListAll.class,
            TopicCommand.Describe.class,
            TopicCommand.Alter.class,
            TopicCommand.Delete.class
        })
final class TopicCommand implements Runnable {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A subcommand is missing");
    }

    /** What every command about topics shares. */
    abstract static class OnServer implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init")
        Connection connection;

        @Mixin
        @SuppressWarnings("NullAway.Init")
        Output output;

        @Override
        public final Integer call() throws InterruptedException {
            Logging.forClient();
            try (Admin admin = connection.admin()) {
                run(admin);
            }
            return ExitCode.OK;
        }

        abstract void run(Admin admin) throws InterruptedException;
    }

    @Command(name = "create", description = "Creates a topic.")
    static final class Create extends OnServer {
        @Parameters(paramLabel = "TOPIC", description = "Its name.")
        @SuppressWarnings("NullAway.Init")
        private String topic;

        @Option(names = "--partitions", paramLabel = "N", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}")
        private int partitions;

        @Option(names = "--config", paramLabel = "KEY=VALUE", description = "A setting by Kafka's name; repeatable.")
        private Map<String, String> config = new LinkedHashMap<>();

        @Override
        void run(Admin admin) throws InterruptedException {
            NewTopic wanted = new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(config);
            connection.await(admin.createTopics(List.of(wanted)).all());
            output.say("created " + topic + " with " + partitions + (partitions == 1 ? " partition" : " partitions"));
        }
    }

    @Command(name = "list", description = "Lists topics.")
    static final class ListAll extends OnServer {
        @Override
        void run(Admin admin) throws InterruptedException {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (String name : connection.await(admin.listTopics().names()).stream()
                    .sorted()
                    .toList()) {
                rows.add(new Row().with("topic", name).cells());
            }
            if (output.isJson()) {
                output.rows(List.of("topic"), rows);
            } else {
                output.lines(rows.stream()
                        .map(row -> String.valueOf(row.get("topic")))
                        .toList());
            }
        }
    }

    @Command(name = "describe", description = "Shows a topic's partitions, offsets and settings.")
    static final class Describe extends OnServer {
        @Parameters(paramLabel = "TOPIC", description = "Its name.")
        @SuppressWarnings("NullAway.Init")
        private String topic;

        @Override
        void run(Admin admin) throws InterruptedException {
            TopicDescription found = connection
                    .await(admin.describeTopics(List.of(topic)).allTopicNames())
                    .get(topic);
            if (found == null) {
                throw new CommandFailedException("The server did not describe " + topic);
            }
            Map<TopicPartition, Long> starts = offsets(admin, found, OffsetSpec.earliest());
            Map<TopicPartition, Long> ends = offsets(admin, found, OffsetSpec.latest());
            Map<String, String> settings = settings(admin);
            List<Map<String, Object>> partitions = new ArrayList<>();
            for (int i = 0; i < found.partitions().size(); i++) {
                TopicPartition partition = new TopicPartition(topic, i);
                partitions.add(new Row()
                        .with("partition", i)
                        .with("start", starts.get(partition))
                        .with("end", ends.get(partition))
                        .cells());
            }
            if (output.isJson()) {
                output.rows(
                        List.of(),
                        List.of(new Row()
                                .with("topic", topic)
                                .with("id", found.topicId())
                                .with("config", settings)
                                .with("partitions", partitions)
                                .cells()));
                return;
            }
            List<String> lines = new ArrayList<>();
            lines.add(topic + "  id " + found.topicId());
            settings.forEach((name, value) -> lines.add("  " + name + " = " + value));
            output.lines(lines);
            output.rows(List.of("partition", "start", "end"), partitions);
        }

        private Map<TopicPartition, Long> offsets(Admin admin, TopicDescription found, OffsetSpec which)
                throws InterruptedException {
            Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
            found.partitions().forEach(p -> wanted.put(new TopicPartition(topic, p.partition()), which));
            Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
            connection
                    .await(admin.listOffsets(wanted).all())
                    .forEach((partition, info) -> offsets.put(partition, info.offset()));
            return offsets;
        }

        private Map<String, String> settings(Admin admin) throws InterruptedException {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            Config config = connection
                    .await(admin.describeConfigs(List.of(resource)).all())
                    .get(resource);
            Map<String, String> settings = new TreeMap<>();
            if (config != null) {
                for (ConfigEntry entry : config.entries()) {
                    settings.put(entry.name(), String.valueOf(entry.value()));
                }
            }
            return settings;
        }
    }

    @Command(name = "alter", description = "Changes a topic's settings, or adds partitions.")
    static final class Alter extends OnServer {
        @Parameters(paramLabel = "TOPIC", description = "Its name.")
        @SuppressWarnings("NullAway.Init")
        private String topic;

        @Option(names = "--partitions", paramLabel = "N", description = "How many there shall be, more than there are.")
        private @Nullable Integer partitions;

        @Option(
                names = "--config",
                paramLabel = "KEY=VALUE",
                description = "A setting by Kafka's name; repeatable. KEY= puts it back to its default.")
        private Map<String, String> config = new LinkedHashMap<>();

        @CommandLine.Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Override
        void run(Admin admin) throws InterruptedException {
            if (partitions == null && config.isEmpty()) {
                throw new ParameterException(spec.commandLine(), "Nothing to change: give --partitions or --config");
            }
            if (!config.isEmpty()) {
                List<AlterConfigOp> changes = new ArrayList<>();
                config.forEach((name, value) -> changes.add(new AlterConfigOp(
                        new ConfigEntry(name, value),
                        value.isEmpty() ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET)));
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                connection.await(
                        admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
            }
            if (partitions != null) {
                connection.await(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
                        .all());
            }
            output.say("altered " + topic);
        }
    }

    @Command(name = "delete", description = "Deletes a topic and everything in it.")
    static final class Delete extends OnServer {
        @Parameters(paramLabel = "TOPIC", description = "Its name.")
        @SuppressWarnings("NullAway.Init")
        private String topic;

        @Override
        void run(Admin admin) throws InterruptedException {
            connection.await(admin.deleteTopics(List.of(topic)).all());
            output.say("deleted " + topic);
        }
    }
}
