package io.weir.metadata.command;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules that need no image to be checked. They are applied before a command is proposed, so that the log holds only
 * commands of legal shape, and again when it is decided.
 *
 * <p>Names follow {@code org.apache.kafka.common.internals.Topic}.
 */
public final class Rules {
    /** Longest topic name. */
    public static final int MAX_NAME_CHARS = 249;

    /** Longest name of a resource other than a topic. */
    public static final int MAX_RESOURCE_CHARS = 1024;

    /** Most settings of a resource, and most changes in one command. */
    public static final int MAX_SETTINGS = 64;

    /** Longest name of a setting. */
    public static final int MAX_SETTING_NAME_CHARS = 128;

    /** Longest value of a setting. */
    public static final int MAX_SETTING_VALUE_CHARS = 1024;

    /** Most producer ids set aside at once. */
    public static final int MAX_PRODUCER_IDS = 1000;

    /** Longest host name of a node. */
    public static final int MAX_HOST_CHARS = 255;

    private static final int MAX_ZONE_CHARS = 64;

    /** Most WAL shards. */
    public static final int MAX_SHARDS = 256;

    /** Most peers that a group begins with. */
    public static final int MAX_FOUNDERS = 7;

    /** Most nodes. */
    public static final int MAX_NODES = 1000;

    private static final Pattern LEGAL_NAME = Pattern.compile("[a-zA-Z0-9._-]+");

    private Rules() {}

    /** Why a command is refused whatever the image is. */
    public record Violation(Rejection reason, String message) {}

    /** The first rule that the command breaks. */
    public static Optional<Violation> violated(MetadataCommand command) {
        return Optional.ofNullable(
                switch (command) {
                    case MetadataCommand.CreateTopic create -> topic(create);
                    case MetadataCommand.ConfigureTopic configure ->
                        either(existing(configure.name()), topicSettings(configure.changes()));
                    case MetadataCommand.Configure configure -> resource(configure);
                    case MetadataCommand.AddPartitions add -> either(existing(add.name()), partitions(add.total()));
                    case MetadataCommand.AllocateProducerIds allocate -> producerIds(allocate.count());
                    case MetadataCommand.RegisterNode register ->
                        either(
                                host(
                                        register.node().kafkaHost(),
                                        register.node().kafkaPort()),
                                zone(register.node().zone()));
                    case MetadataCommand.PlanMember plan -> member(plan);
                    case MetadataCommand.DrainNode drain -> node(drain.node());
                    case MetadataCommand.AddShards add -> shards(add);
                    case MetadataCommand.CreateCluster create -> cluster(create);
                    case MetadataCommand.Moves(MoveCommand of) -> move(of);
                    case MetadataCommand.DeleteTopic _,
                            MetadataCommand.UnregisterNode _,
                            MetadataCommand.ExpireNode _,
                            MetadataCommand.AcquireCell _,
                            MetadataCommand.ResignCell _,
                            MetadataCommand.Tables _,
                            MetadataCommand.Schemas _ -> null;
                });
    }

    private static @Nullable Violation topic(MetadataCommand.CreateTopic create) {
        return either(either(name(create.name()), partitions(create.partitions())), topicSettings(create.config()));
    }

    private static @Nullable Violation either(@Nullable Violation first, @Nullable Violation second) {
        return first == null ? second : first;
    }

    /** The name of a topic that should be there. */
    private static @Nullable Violation existing(String name) {
        return name.length() <= MAX_NAME_CHARS
                ? null
                : new Violation(
                        Rejection.UNKNOWN_TOPIC, "There is no topic whose name has " + name.length() + " characters");
    }

    private static @Nullable Violation name(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            return new Violation(Rejection.INVALID_NAME, "Topic name '" + name + "' is not allowed");
        }
        if (name.length() > MAX_NAME_CHARS) {
            return new Violation(
                    Rejection.INVALID_NAME,
                    "Topic name of " + name.length() + " characters is longer than " + MAX_NAME_CHARS);
        }
        if (!LEGAL_NAME.matcher(name).matches()) {
            return new Violation(
                    Rejection.INVALID_NAME,
                    "Topic name '" + name + "' has characters other than a-z, A-Z, 0-9, '.', '_' and '-'");
        }
        return null;
    }

    private static @Nullable Violation partitions(int partitions) {
        return partitions >= 1 && partitions <= Topic.MAX_PARTITIONS
                ? null
                : new Violation(
                        Rejection.INVALID_PARTITIONS,
                        "Number of partitions must be 1 to " + Topic.MAX_PARTITIONS + ", not " + partitions);
    }

    private static @Nullable Violation topicSettings(Map<String, ? extends @Nullable String> changes) {
        Violation sizes = settings(changes);
        if (sizes != null) {
            return sizes;
        }
        for (Map.Entry<String, ? extends @Nullable String> change : changes.entrySet()) {
            String value = change.getValue();
            if (value == null && !TopicConfig.names().contains(change.getKey())) {
                return new Violation(
                        Rejection.INVALID_CONFIG,
                        "Unknown or unsupported topic setting '" + change.getKey() + "'; supported are "
                                + TopicConfig.names());
            }
            if (value != null
                    && TopicConfig.parse(Map.of(change.getKey(), value))
                            instanceof TopicConfig.Parsed.Refused(String message)) {
                return new Violation(Rejection.INVALID_CONFIG, message);
            }
        }
        return null;
    }

    private static @Nullable Violation resource(MetadataCommand.Configure configure) {
        String name = switch (configure.resource()) {
            case io.weir.contracts.metadata.ConfigResource.Group group -> group.name();
        };
        if (name.isEmpty() || name.length() > MAX_RESOURCE_CHARS) {
            return new Violation(
                    Rejection.INVALID_NAME,
                    "Group name must have 1 to " + MAX_RESOURCE_CHARS + " characters, not " + name.length());
        }
        return settings(configure.changes());
    }

    private static @Nullable Violation settings(Map<String, ? extends @Nullable String> changes) {
        if (changes.size() > MAX_SETTINGS) {
            return new Violation(Rejection.INVALID_CONFIG, changes.size() + " settings are more than " + MAX_SETTINGS);
        }
        for (Map.Entry<String, ? extends @Nullable String> change : changes.entrySet()) {
            String value = change.getValue();
            int valueChars = value == null ? 0 : value.length();
            if (change.getKey().length() > MAX_SETTING_NAME_CHARS || valueChars > MAX_SETTING_VALUE_CHARS) {
                return new Violation(
                        Rejection.INVALID_CONFIG,
                        "A setting's name may have " + MAX_SETTING_NAME_CHARS + " characters, its value "
                                + MAX_SETTING_VALUE_CHARS + ", not "
                                + change.getKey().length() + " and "
                                + valueChars);
            }
        }
        return null;
    }

    private static @Nullable Violation producerIds(int count) {
        return count >= 1 && count <= MAX_PRODUCER_IDS
                ? null
                : new Violation(
                        Rejection.INVALID_REQUEST,
                        "Number of producer ids must be 1 to " + MAX_PRODUCER_IDS + ", not " + count);
    }

    private static @Nullable Violation host(String host, int port) {
        return !host.isEmpty() && host.length() <= MAX_HOST_CHARS && port >= 0 && port <= 0xFFFF
                ? null
                : new Violation(
                        Rejection.INVALID_REQUEST,
                        "A node's host must have 1 to " + MAX_HOST_CHARS + " characters, not " + host.length()
                                + ", its port lie between 0 and 65535, not " + port);
    }

    private static @Nullable Violation zone(Optional<String> zone) {
        return zone.isEmpty() || (!zone.get().isBlank() && zone.get().length() <= MAX_ZONE_CHARS)
                ? null
                : new Violation(
                        Rejection.INVALID_REQUEST,
                        "A node's zone must have 1 to " + MAX_ZONE_CHARS + " characters, not "
                                + zone.get().length());
    }

    private static @Nullable Violation member(MetadataCommand.PlanMember plan) {
        if (plan.node().value() < 1 || (plan.plan() instanceof MemberPlan.Joins(String _, int port) && port == 0)) {
            return new Violation(
                    Rejection.INVALID_REQUEST, "A member's number and port must be at least 1, not those of " + plan);
        }
        return switch (plan.plan()) {
            case MemberPlan.Joins(String host, int port) -> host(host, port);
            case MemberPlan.Leaves() -> null;
        };
    }

    private static @Nullable Violation node(NodeId node) {
        return node.value() >= 1
                ? null
                : new Violation(Rejection.INVALID_REQUEST, "A node's number must be at least 1, not " + node.value());
    }

    private static @Nullable Violation move(MoveCommand command) {
        return command instanceof MoveCommand.Plan plan
                ? either(
                        existing(plan.topic()),
                        plan.partitions().size() <= Topic.MAX_PARTITIONS
                                ? null
                                : new Violation(
                                        Rejection.INVALID_PARTITIONS,
                                        plan.partitions().size() + " partitions are more than a topic may have"))
                : null;
    }

    private static @Nullable Violation shards(MetadataCommand.AddShards add) {
        List<Peer> founders = add.founders();
        boolean different =
                founders.stream().map(peer -> peer.id().node()).distinct().count() == founders.size();
        if (add.total() > MAX_SHARDS || founders.isEmpty() || founders.size() > MAX_FOUNDERS || !different) {
            return new Violation(
                    Rejection.INVALID_REQUEST,
                    "There may be " + MAX_SHARDS + " shards, whose groups begin with 1 to " + MAX_FOUNDERS
                            + " peers of different nodes, not " + add.total() + " with " + founders);
        }
        return founders.stream()
                .map(peer -> either(node(peer.id().node()), host(peer.host(), peer.port())))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static @Nullable Violation cluster(MetadataCommand.CreateCluster create) {
        return !create.clusterId().isEmpty()
                        && create.clusterId().length() <= 64
                        && create.shardCount() >= 1
                        && create.shardCount() <= MAX_SHARDS
                ? null
                : new Violation(
                        Rejection.INVALID_REQUEST,
                        "A cluster needs an id, and 1 to " + MAX_SHARDS + " shards, not " + create.shardCount());
    }
}
