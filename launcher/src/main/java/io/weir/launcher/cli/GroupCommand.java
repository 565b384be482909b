package io.weir.launcher.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code weir group}: shows consumer groups, and moves their offsets. */
@Command(
        name = "group",
        description = "Lists and describes consumer groups, and resets their offsets.",
        subcommands = {GroupCommand.ListAll.class, GroupCommand.Describe.class, GroupResetCommand.class})
final class GroupCommand implements Runnable {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A subcommand is missing");
    }

    @Command(name = "list", description = "Lists groups.")
    static final class ListAll extends TopicCommand.OnServer {
        @Override
        void run(Admin admin) throws InterruptedException {
            List<Map<String, Object>> rows = connection.await(admin.listGroups().all()).stream()
                    .sorted(Comparator.comparing(GroupListing::groupId))
                    .map(group -> new Row()
                            .with("group", group.groupId())
                            .with("type", group.type().map(Object::toString).orElse("-"))
                            .with("protocol", group.protocol())
                            .with(
                                    "state",
                                    group.groupState().map(Object::toString).orElse("-"))
                            .cells())
                    .toList();
            output.rows(List.of("group", "type", "protocol", "state"), rows);
        }
    }

    @Command(name = "describe", description = "Shows a group's members, offsets and lag.")
    static final class Describe extends TopicCommand.OnServer {
        private static final List<String> COLUMNS =
                List.of("topic", "partition", "committed", "end", "lag", "member", "client", "host");

        @Parameters(paramLabel = "GROUP", description = "Its name.")
        @SuppressWarnings("NullAway.Init")
        private String group;

        @Override
        void run(Admin admin) throws InterruptedException {
            ConsumerGroupDescription description = connection
                    .await(admin.describeConsumerGroups(List.of(group)).all())
                    .get(group);
            if (description == null) {
                throw new CommandFailedException("The server did not describe " + group);
            }
            Map<TopicPartition, @Nullable OffsetAndMetadata> committed =
                    GroupOffsets.committed(connection, admin, group);
            Map<TopicPartition, MemberDescription> owners = owners(description);
            Map<TopicPartition, OffsetSpec> latest = new LinkedHashMap<>();
            committed.keySet().forEach(partition -> latest.put(partition, OffsetSpec.latest()));
            owners.keySet().forEach(partition -> latest.put(partition, OffsetSpec.latest()));
            Map<TopicPartition, ListOffsetsResultInfo> ends =
                    connection.await(admin.listOffsets(latest).all());
            List<Map<String, Object>> rows = new ArrayList<>();
            for (TopicPartition partition :
                    latest.keySet().stream().sorted(GroupOffsets.BY_NAME).toList()) {
                rows.add(row(partition, committed.get(partition), ends.get(partition), owners.get(partition)));
            }
            if (!output.isJson()) {
                output.say(group + "  " + description.type() + "  "
                        + description.groupState() + "  members "
                        + description.members().size());
            }
            output.rows(COLUMNS, rows);
        }

        private Map<String, Object> row(
                TopicPartition partition,
                @Nullable OffsetAndMetadata committed,
                @Nullable ListOffsetsResultInfo end,
                @Nullable MemberDescription owner) {
            Row row = new Row();
            if (output.isJson()) {
                row.with("group", group);
            }
            row.with("topic", partition.topic())
                    .with("partition", partition.partition())
                    .with("committed", committed == null ? null : committed.offset())
                    .with("end", end == null ? null : end.offset())
                    .with("lag", committed == null || end == null ? null : end.offset() - committed.offset());
            if (owner != null) {
                row.with("member", owner.consumerId())
                        .with("client", owner.clientId())
                        .with("host", owner.host());
            }
            return row.cells();
        }

        private static Map<TopicPartition, MemberDescription> owners(ConsumerGroupDescription description) {
            return description.members().stream()
                    .flatMap(member -> member.assignment().topicPartitions().stream()
                            .map(partition -> Map.entry(partition, member)))
                    .collect(Collectors.toMap(
                            Map.Entry::getKey,
                            Map.Entry::getValue,
                            (first, second) -> second,
                            () -> new TreeMap<>(GroupOffsets.BY_NAME)));
        }
    }
}
