package io.weir.testsupport.metadata;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataResult.Accepted;
import io.weir.contracts.metadata.MetadataResult.Rejected;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.contracts.table.TableResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The metadata ports over maps in memory. Each change is in the image, and told to the listeners, before its future
 * completes.
 *
 * <p>Threading: any thread; one change at a time. Futures complete, and listeners are called, on the calling thread.
 */
public final class MemoryMetadata implements MetadataSource, MetadataCommands {
    private static final Pattern LEGAL_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<NodeId>> departures = new CopyOnWriteArrayList<>();
    private volatile MemoryImage image = new MemoryImage(
            1,
            new TreeMap<>(),
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            MemorySchemaImage.EMPTY,
            MemoryTableImage.EMPTY,
            Set.of(),
            List.of(),
            1);
    private final MemoryTables tables = new MemoryTables(this);
    private final MemoryMoves moves = new MemoryMoves(this);
    private final MemorySchemas schemas = new MemorySchemas(this::show);
    private volatile Duration age = Duration.ZERO;
    private long nextStream = 1;
    private long nextProducer = 1000;
    private @Nullable FailureCode failure;

    @Override
    public MetadataImage image() {
        return image;
    }

    @Override
    public Duration age() {
        return age;
    }

    /** The image is as old as this from now on. */
    public void age(Duration newAge) {
        age = newAge;
    }

    /** What changes the schemas of this metadata. */
    public MemorySchemas schemas() {
        return schemas;
    }

    /** The tables of this metadata. */
    public MemoryTables tables() {
        return tables;
    }

    /** What moves the streams of this metadata. */
    public MemoryMoves moves() {
        return moves;
    }

    /** Changes the plans of moves, and the topic that is placed otherwise if there is one; unless it is to fail. */
    synchronized <T> CompletableFuture<MetadataResult<T>> changeMoves(
            Supplier<MetadataResult<T>> command, Supplier<List<StreamMove>> after, Supplier<Optional<Topic>> placed) {
        return answer(() -> {
            MetadataResult<T> result = command.get();
            if (result instanceof Accepted<T>) {
                TreeMap<String, Topic> byName = new TreeMap<>(image.byName());
                Optional<Topic> changed = placed.get();
                changed.ifPresent(topic -> byName.put(MemoryImage.key(topic.tenant(), topic.name()), topic));
                publish(
                        withTopics(byName).with(after.get()),
                        changed.map(topic -> Set.of(topic.id())).orElse(Set.of()),
                        Set.of());
            }
            return result;
        });
    }

    /** Does the command, in the image and before the listeners, unless it is refused. */
    synchronized <T> TableResult<T> changeTables(TableDraft.Command<T> command) {
        TableDraft draft = new TableDraft(image, image.tables());
        TableResult<T> result = draft.run(command);
        if (result instanceof TableResult.Accepted<T>) {
            publish(withTopics(image.byName()).with(draft.image()), Set.of(), Set.of());
        }
        return result;
    }

    private synchronized void show(MemorySchemaImage changed) {
        publish(image.with(changed), Set.of(), Set.of());
    }

    /** The next command fails. */
    public synchronized void failNext(FailureCode code) {
        failure = code;
    }

    @Override
    public synchronized Subscription subscribe(Listener listener) {
        listeners.add(listener);
        listener.onImage(image, image.byId().keySet(), Set.of());
        return () -> listeners.remove(listener);
    }

    /** Creates a topic of the default tenant, or throws. */
    public Topic create(String name, int partitions) {
        return create(name, partitions, Map.of());
    }

    /** Creates a topic of the default tenant, or throws. */
    public Topic create(String name, int partitions, Map<String, String> config) {
        MetadataResult<Topic> result =
                createTopic(TenantId.DEFAULT, name, partitions, config).join();
        return switch (result) {
            case Accepted<Topic>(Topic topic) -> topic;
            case Rejected<Topic> rejected -> throw new IllegalArgumentException(rejected.message());
        };
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Topic>> createTopic(
            TenantId tenant, String name, int partitions, Map<String, String> config) {
        return answer(() -> created(tenant, name, partitions, config, false));
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Topic>> validateTopic(
            TenantId tenant, String name, int partitions, Map<String, String> config) {
        return answer(() -> created(tenant, name, partitions, config, true));
    }

    private MetadataResult<Topic> created(
            TenantId tenant, String name, int partitions, Map<String, String> config, boolean validateOnly) {
        if (!LEGAL_NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            return new Rejected<>(Rejection.INVALID_NAME, "Illegal topic name '" + name + "'");
        }
        if (image.topic(tenant, name).isPresent()) {
            return new Rejected<>(Rejection.TOPIC_EXISTS, "Topic '" + name + "' exists already");
        }
        if (partitions < 1 || partitions > Topic.MAX_PARTITIONS) {
            return new Rejected<>(Rejection.INVALID_PARTITIONS, "Illegal number of partitions: " + partitions);
        }
        if (!(TopicConfig.parse(config) instanceof TopicConfig.Parsed.Ok parsed)) {
            return new Rejected<>(
                    Rejection.INVALID_CONFIG, TopicConfig.parse(config).toString());
        }
        Topic topic = new Topic(
                new TopicId(UUID.randomUUID()), tenant, name, List.of(block(0, partitions)), config, parsed.config());
        if (!validateOnly) {
            nextStream += partitions;
            store(topic);
        }
        return new Accepted<>(topic);
    }

    private PartitionBlock block(int first, int count) {
        return new PartitionBlock(
                first, count, new StreamId(nextStream), new ShardId(image.shardCount() - 1), new Epoch(0));
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Topic>> deleteTopic(TenantId tenant, TopicId id) {
        return answer(() -> {
            Topic topic = image.byId().get(id);
            if (topic == null || !topic.tenant().equals(tenant)) {
                return new Rejected<>(Rejection.UNKNOWN_TOPIC, "No topic " + id);
            }
            TreeMap<String, Topic> byName = new TreeMap<>(image.byName());
            byName.remove(MemoryImage.key(tenant, topic.name()));
            TableDraft tables = new TableDraft(image, image.tables());
            tables.forgetTopic(id);
            List<StreamMove> left = image.moves().stream()
                    .filter(move -> !move.topic().equals(id))
                    .toList();
            publish(withTopics(byName).with(tables.image()).with(left), Set.of(), Set.of(id));
            return new Accepted<>(topic);
        });
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Topic>> addPartitions(
            TenantId tenant, String name, int total, boolean validateOnly) {
        return answer(() -> {
            Topic topic = image.topic(tenant, name).orElse(null);
            if (topic == null) {
                return new Rejected<>(Rejection.UNKNOWN_TOPIC, "No topic '" + name + "'");
            }
            if (total <= topic.partitions() || total > Topic.MAX_PARTITIONS) {
                return new Rejected<>(
                        Rejection.INVALID_PARTITIONS, "Topic has " + topic.partitions() + " partitions, not " + total);
            }
            List<PartitionBlock> blocks = new ArrayList<>(topic.blocks());
            int added = total - topic.partitions();
            blocks.add(block(topic.partitions(), added));
            Topic grown = new Topic(topic.id(), tenant, name, blocks, topic.overrides(), topic.config());
            if (!validateOnly) {
                nextStream += added;
                store(grown);
            }
            return new Accepted<>(grown);
        });
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Topic>> configureTopic(
            TenantId tenant,
            String name,
            Map<String, @Nullable String> changes,
            boolean replace,
            boolean validateOnly) {
        return answer(() -> {
            Topic topic = image.topic(tenant, name).orElse(null);
            if (topic == null) {
                return new Rejected<>(Rejection.UNKNOWN_TOPIC, "No topic '" + name + "'");
            }
            Map<String, String> overrides = merged(topic.overrides(), changes, replace);
            return switch (TopicConfig.parse(overrides)) {
                case TopicConfig.Parsed.Refused(String message) -> new Rejected<>(Rejection.INVALID_CONFIG, message);
                case TopicConfig.Parsed.Ok(TopicConfig config) -> {
                    Topic changed = new Topic(topic.id(), tenant, name, topic.blocks(), overrides, config);
                    if (!validateOnly) {
                        store(changed);
                    }
                    yield new Accepted<>(changed);
                }
            };
        });
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Map<String, String>>> configure(
            ConfigResource resource, Map<String, @Nullable String> changes, boolean replace) {
        return answer(() -> {
            Map<String, String> merged = merged(image.config(resource), changes, replace);
            Map<ConfigResource, Map<String, String>> settings = new HashMap<>(image.settings());
            if (merged.isEmpty()) {
                settings.remove(resource);
            } else {
                settings.put(resource, merged);
            }
            publish(
                    new MemoryImage(
                            image.version() + 1,
                            image.byName(),
                            image.byId(),
                            image.nodesById(),
                            image.cells(),
                            Map.copyOf(settings),
                            image.schemas(),
                            image.tables(),
                            image.drained(),
                            image.moves(),
                            image.shardCount()),
                    Set.of(),
                    Set.of());
            return new Accepted<>(merged);
        });
    }

    private static Map<String, String> merged(
            Map<String, String> present, Map<String, @Nullable String> changes, boolean replace) {
        Map<String, String> merged = new HashMap<>(replace ? Map.of() : present);
        changes.forEach((name, value) -> {
            if (value == null) {
                merged.remove(name);
            } else {
                merged.put(name, value);
            }
        });
        return Map.copyOf(merged);
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<Long>> allocateProducerIds(int count) {
        return answer(() -> {
            long first = nextProducer;
            nextProducer += count;
            return new Accepted<>(first);
        });
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<ClusterNode>> registerNode(ClusterNode node) {
        return answer(() -> {
            Map<NodeId, ClusterNode> nodes = new HashMap<>(image.nodesById());
            nodes.put(node.id(), node);
            publish(with(nodes, image.cells()), Set.of(), Set.of());
            return new Accepted<>(node);
        });
    }

    @Override
    public synchronized CompletableFuture<MetadataResult<NodeId>> unregisterNode(NodeId node) {
        return answer(() -> {
            Map<NodeId, ClusterNode> nodes = new HashMap<>(image.nodesById());
            nodes.remove(node);
            Map<CellId, NodeId> cells = new HashMap<>(image.cells());
            cells.values().removeIf(node::equals);
            departures.forEach(listener -> listener.accept(node));
            publish(with(nodes, Map.copyOf(cells)), Set.of(), Set.of());
            return new Accepted<>(node);
        });
    }

    /** The listener is called in front of the image's, also when a node leaves that was not registered. */
    public void onDeparture(Consumer<NodeId> listener) {
        departures.add(listener);
    }

    /** Drains a node, or ends that. */
    public synchronized void drain(NodeId node, boolean drained) {
        Set<NodeId> after = new HashSet<>(image.drained());
        if (drained ? after.add(node) : after.remove(node)) {
            publish(image.withDrained(Set.copyOf(after)), Set.of(), Set.of());
        }
    }

    /** There are so many shards from now on; new topics are placed on the last one. */
    public synchronized void shards(int total) {
        publish(image.withShards(total), Set.of(), Set.of());
    }

    /** The image says from now on of the cell what the owner is at that moment. */
    public synchronized void ownCell(CellId cell, Supplier<Optional<NodeId>> owner) {
        Map<CellId, NodeId> cells = new HashMap<>(image.cells());
        owner.get().ifPresentOrElse(node -> cells.put(cell, node), () -> cells.remove(cell));
        publish(with(image.nodesById(), Map.copyOf(cells)), Set.of(), Set.of());
    }

    private MemoryImage with(Map<NodeId, ClusterNode> nodes, Map<CellId, NodeId> cells) {
        return new MemoryImage(
                image.version() + 1,
                image.byName(),
                image.byId(),
                Map.copyOf(nodes),
                cells,
                image.settings(),
                image.schemas(),
                image.tables(),
                image.drained(),
                image.moves(),
                image.shardCount());
    }

    private void store(Topic topic) {
        TreeMap<String, Topic> byName = new TreeMap<>(image.byName());
        byName.put(MemoryImage.key(topic.tenant(), topic.name()), topic);
        publish(withTopics(byName), Set.of(topic.id()), Set.of());
    }

    private MemoryImage withTopics(NavigableMap<String, Topic> byName) {
        Map<TopicId, Topic> byId = new HashMap<>();
        byName.values().forEach(topic -> byId.put(topic.id(), topic));
        return new MemoryImage(
                image.version() + 1,
                byName,
                Map.copyOf(byId),
                image.nodesById(),
                image.cells(),
                image.settings(),
                image.schemas(),
                image.tables(),
                image.drained(),
                image.moves(),
                image.shardCount());
    }

    private void publish(MemoryImage next, Set<TopicId> changed, Set<TopicId> deleted) {
        image = next;
        listeners.forEach(listener -> listener.onImage(next, changed, deleted));
    }

    private <T> CompletableFuture<MetadataResult<T>> answer(java.util.function.Supplier<MetadataResult<T>> command) {
        FailureCode code = failure;
        if (code != null) {
            failure = null;
            return CompletableFuture.failedFuture(new ServiceException(code, "Failed by the test"));
        }
        return CompletableFuture.completedFuture(command.get());
    }
}
