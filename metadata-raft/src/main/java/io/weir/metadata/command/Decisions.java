package io.weir.metadata.command;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.metadata.image.CellOwnership;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.RegisteredNode;
import io.weir.metadata.record.MetadataRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides about commands: pure, and the same on every peer. */
public final class Decisions {
    private Decisions() {}

    /** What the command comes to in this image. */
    public static Decision<?> decide(ClusterImage image, MetadataCommand command) {
        Optional<Rules.Violation> violation = Rules.violated(command);
        if (violation.isPresent()) {
            return Decision.reject(violation.get().reason(), violation.get().message());
        }
        return switch (command) {
            case MetadataCommand.CreateCluster create -> createCluster(image, create);
            case MetadataCommand.CreateTopic create -> createTopic(image, create);
            case MetadataCommand.DeleteTopic delete -> deleteTopic(image, delete);
            case MetadataCommand.AddPartitions add -> addPartitions(image, add);
            case MetadataCommand.ConfigureTopic configure -> configureTopic(image, configure);
            case MetadataCommand.Configure configure -> configure(image, configure);
            case MetadataCommand.AllocateProducerIds allocate -> allocateProducerIds(image, allocate);
            case MetadataCommand.RegisterNode register -> registerNode(image, register.node());
            case MetadataCommand.UnregisterNode unregister -> removeNode(image, unregister.node());
            case MetadataCommand.ExpireNode expire -> expireNode(image, expire);
            case MetadataCommand.AcquireCell acquire -> acquireCell(image, acquire);
            case MetadataCommand.ResignCell resign -> resignCell(image, resign);
            case MetadataCommand.PlanMember plan -> planMember(image, plan);
            case MetadataCommand.DrainNode drain -> drainNode(image, drain);
            case MetadataCommand.Moves(MoveCommand of) -> MoveDecisions.decide(image, of);
            case MetadataCommand.AddShards add -> addShards(image, add);
            case MetadataCommand.Tables(TableCommand of) -> TableDecisions.decide(image, of);
            case MetadataCommand.Schemas(SchemaCommand of) -> SchemaDecisions.decide(image, of);
        };
    }

    private static Decision<String> createCluster(ClusterImage image, MetadataCommand.CreateCluster create) {
        if (image.exists()) {
            return Decision.reject(Rejection.INVALID_REQUEST, "The cluster exists: " + image.clusterId());
        }
        return Decision.accept(
                create.clusterId(),
                new MetadataRecord.ClusterCreated(create.clusterId(), create.shardCount(), create.bounds()));
    }

    private static Decision<Topic> createTopic(ClusterImage image, MetadataCommand.CreateTopic create) {
        if (!image.exists()) {
            return Decision.reject(Rejection.INVALID_REQUEST, "There is no cluster yet");
        }
        if (image.topic(create.tenant(), create.name()).isPresent()) {
            return Decision.reject(Rejection.TOPIC_EXISTS, "Topic '" + create.name() + "' already exists");
        }
        Optional<String> colliding = image.topicTable().colliding(create.tenant(), create.name());
        if (colliding.isPresent()) {
            return Decision.reject(
                    Rejection.INVALID_NAME,
                    "Topic '" + create.name() + "' collides with existing topic '" + colliding.get()
                            + "': names may not differ only in '.' and '_'");
        }
        if (image.topic(create.id()).isPresent()) {
            return Decision.reject(Rejection.INVALID_REQUEST, "Topic id " + create.id() + " is taken");
        }
        int most = image.identity().bounds().topics();
        if (image.topicTable().size() >= most) {
            return Decision.reject(Rejection.LIMIT_REACHED, "The cluster has " + most + " topics, as many as it may");
        }
        if (!(TopicConfig.parse(create.config()) instanceof TopicConfig.Parsed.Ok(TopicConfig config))) {
            return Decision.reject(Rejection.INVALID_CONFIG, "Illegal settings " + create.config());
        }
        Topic empty = new Topic(create.id(), create.tenant(), create.name(), List.of(), create.config(), config);
        return grown(image, empty, create.partitions());
    }

    private static Decision<Topic> addPartitions(ClusterImage image, MetadataCommand.AddPartitions add) {
        Optional<Topic> found = image.topic(add.tenant(), add.name());
        if (found.isEmpty()) {
            return unknownTopic(add.name());
        }
        Topic topic = found.get();
        if (add.total() <= topic.partitions()) {
            return Decision.reject(
                    Rejection.INVALID_PARTITIONS,
                    "Topic '" + add.name() + "' has " + topic.partitions()
                            + " partitions, which would not be raised by " + add.total());
        }
        return grown(image, topic, add.total() - topic.partitions());
    }

    private static Decision<Topic> grown(ClusterImage image, Topic topic, int partitions) {
        long most = image.identity().bounds().streams();
        if (partitions > most - image.topicTable().streams()) {
            return Decision.reject(
                    Rejection.LIMIT_REACHED,
                    "The cluster has " + image.topicTable().streams() + " partitions; " + partitions
                            + " more would be over its limit of " + most);
        }
        List<PartitionBlock> blocks = Placement.extend(
                topic.blocks(),
                partitions,
                image.nextStream(),
                image.shardCount(),
                image.topicTable().streamsByShard());
        Topic grown = new Topic(topic.id(), topic.tenant(), topic.name(), blocks, topic.overrides(), topic.config());
        return Decision.accept(
                grown,
                new MetadataRecord.StreamIdsReserved(image.nextStream() + partitions),
                new MetadataRecord.TopicWritten(grown));
    }

    private static Decision<Topic> deleteTopic(ClusterImage image, MetadataCommand.DeleteTopic delete) {
        TopicId id = delete.topic();
        return image.topic(id)
                .filter(topic -> topic.tenant().equals(delete.tenant()))
                .map(topic -> {
                    List<MetadataRecord> facts = new ArrayList<>(TableDecisions.withTopic(image, id));
                    facts.add(new MetadataRecord.TopicDeleted(id));
                    return Decision.accept(topic, facts.toArray(MetadataRecord[]::new));
                })
                .orElseGet(() -> Decision.reject(Rejection.UNKNOWN_TOPIC, "There is no topic of id " + id));
    }

    private static Decision<Topic> configureTopic(ClusterImage image, MetadataCommand.ConfigureTopic configure) {
        Optional<Topic> found = image.topic(configure.tenant(), configure.name());
        if (found.isEmpty()) {
            return unknownTopic(configure.name());
        }
        Topic topic = found.get();
        Map<String, String> overrides = merged(topic.overrides(), configure.changes(), configure.replace());
        if (!(TopicConfig.parse(overrides) instanceof TopicConfig.Parsed.Ok(TopicConfig config))) {
            return Decision.reject(Rejection.INVALID_CONFIG, "Illegal settings " + overrides);
        }
        Topic changed = new Topic(topic.id(), topic.tenant(), topic.name(), topic.blocks(), overrides, config);
        return changed.equals(topic)
                ? Decision.accept(topic)
                : Decision.accept(changed, new MetadataRecord.TopicWritten(changed));
    }

    private static Decision<Map<String, String>> configure(ClusterImage image, MetadataCommand.Configure configure) {
        ConfigResource resource = configure.resource();
        Map<String, String> before = image.config(resource);
        Map<String, String> after = Map.copyOf(merged(before, configure.changes(), configure.replace()));
        if (after.size() > Rules.MAX_SETTINGS) {
            return Decision.reject(
                    Rejection.INVALID_CONFIG, after.size() + " settings are more than " + Rules.MAX_SETTINGS);
        }
        int most = image.identity().bounds().configured();
        if (before.isEmpty() && !after.isEmpty() && image.configured() >= most) {
            return Decision.reject(Rejection.LIMIT_REACHED, most + " groups have settings, as many as there may be");
        }
        return after.equals(before)
                ? Decision.accept(after)
                : Decision.accept(after, new MetadataRecord.ResourceConfigured(resource, after));
    }

    private static Map<String, String> merged(
            Map<String, String> before, Map<String, @Nullable String> changes, boolean replace) {
        Map<String, String> after = replace ? new HashMap<>() : new HashMap<>(before);
        changes.forEach((name, value) -> {
            if (value == null) {
                after.remove(name);
            } else {
                after.put(name, value);
            }
        });
        return after;
    }

    private static Decision<Long> allocateProducerIds(
            ClusterImage image, MetadataCommand.AllocateProducerIds allocate) {
        long first = image.nextProducer();
        return Decision.accept(first, new MetadataRecord.ProducerIdsReserved(first + allocate.count()));
    }

    private static Decision<ClusterNode> registerNode(ClusterImage image, ClusterNode node) {
        if (image.node(node.id()).isEmpty() && image.nodeTable().size() >= Rules.MAX_NODES) {
            return Decision.reject(
                    Rejection.LIMIT_REACHED, "The cluster has " + Rules.MAX_NODES + " nodes, as many as it may");
        }
        return Decision.accept(node, new MetadataRecord.NodeRegistered(node, image.version() + 1));
    }

    private static Decision<NodeId> removeNode(ClusterImage image, NodeId node) {
        boolean owner = image.cells().values().stream().anyMatch(cell -> node.equals(cell.owner()));
        return owner || image.node(node).isPresent()
                ? Decision.accept(node, new MetadataRecord.NodeRemoved(node))
                : Decision.accept(node);
    }

    private static Decision<NodeId> expireNode(ClusterImage image, MetadataCommand.ExpireNode expire) {
        Optional<RegisteredNode> node = image.node(expire.node());
        if (node.isEmpty() || node.get().registration() != expire.registration()) {
            return Decision.reject(Rejection.INVALID_REQUEST, expire.node() + " has left or registered again");
        }
        return removeNode(image, expire.node());
    }

    /** A node without a lease may own a cell, but anyone may take it from it. */
    private static Decision<Epoch> acquireCell(ClusterImage image, MetadataCommand.AcquireCell acquire) {
        if (acquire.cell().value() >= CellStore.CELLS) {
            return Decision.reject(Rejection.INVALID_REQUEST, acquire.cell() + " is not one of " + CellStore.CELLS);
        }
        CellOwnership now = image.cell(acquire.cell());
        NodeId owner = now.owner();
        if (owner != null && !owner.equals(acquire.owner()) && image.node(owner).isPresent()) {
            return Decision.reject(Rejection.INVALID_REQUEST, owner + " owns " + acquire.cell());
        }
        if (now.epoch().value() == Integer.MAX_VALUE) {
            return Decision.reject(Rejection.LIMIT_REACHED, acquire.cell() + " has no epoch left");
        }
        Epoch next = new Epoch(now.epoch().value() + 1);
        return Decision.accept(next, new MetadataRecord.CellOwned(acquire.cell(), acquire.owner(), next));
    }

    private static Decision<Epoch> resignCell(ClusterImage image, MetadataCommand.ResignCell resign) {
        CellOwnership now = image.cell(resign.cell());
        return now.owner() != null && now.epoch().equals(resign.epoch())
                ? Decision.accept(resign.epoch(), new MetadataRecord.CellOwned(resign.cell(), null, now.epoch()))
                : Decision.accept(resign.epoch());
    }

    private static Decision<MemberPlan> planMember(ClusterImage image, MetadataCommand.PlanMember plan) {
        MemberPlan before = image.members().get(plan.node().value());
        if (before == null && image.members().size() >= Rules.MAX_NODES) {
            return Decision.reject(
                    Rejection.LIMIT_REACHED, "There are plans for " + Rules.MAX_NODES + " nodes, as many as may be");
        }
        return plan.plan().equals(before)
                ? Decision.accept(plan.plan())
                : Decision.accept(plan.plan(), new MetadataRecord.MemberPlanned(plan.node(), plan.plan()));
    }

    private static Decision<NodeId> drainNode(ClusterImage image, MetadataCommand.DrainNode drain) {
        boolean before = image.drained().contains(drain.node());
        if (drain.drained() && !before && image.drained().size() >= Rules.MAX_NODES) {
            return Decision.reject(Rejection.LIMIT_REACHED, Rules.MAX_NODES + " nodes are drained, as many as may be");
        }
        if (drain.drained() && !before && isLastGateway(image, drain.node())) {
            return Decision.reject(
                    Rejection.INVALID_REQUEST,
                    "Node " + drain.node().value() + " is the last gateway that is not drained");
        }
        return drain.drained() == before
                ? Decision.accept(drain.node())
                : Decision.accept(drain.node(), new MetadataRecord.NodeDrained(drain.node(), drain.drained()));
    }

    private static boolean isLastGateway(ClusterImage image, NodeId node) {
        return image.node(node).isPresent()
                && image.nodes().stream()
                        .allMatch(gateway ->
                                gateway.id().equals(node) || image.drained().contains(gateway.id()));
    }

    private static Decision<Integer> addShards(ClusterImage image, MetadataCommand.AddShards add) {
        if (!image.exists() || add.total() < image.shardCount()) {
            return Decision.reject(
                    Rejection.INVALID_REQUEST,
                    "There are " + image.shardCount() + " shards, and none is taken away: " + add.total());
        }
        return add.total() == image.shardCount()
                ? Decision.accept(add.total())
                : Decision.accept(add.total(), new MetadataRecord.ShardsAdded(add.total(), add.founders()));
    }

    private static Decision<Topic> unknownTopic(String name) {
        return Decision.reject(Rejection.UNKNOWN_TOPIC, "There is no topic '" + name + "'");
    }
}
