package io.weir.metadata.image;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The topics, found by id, by name and by stream. A block of partitions is one entry, however many it has; a change
 * copies one path of each tree.
 *
 * <p>Threading: immutable.
 */
public final class TopicTable {
    private static final Comparator<TopicId> BY_ID = Comparator.comparing(TopicId::value);

    static final TopicTable EMPTY =
            new TopicTable(TreePMap.empty(BY_ID), TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), new long[0], 0);

    private final TreePMap<TopicId, Topic> byId;
    private final TreePMap<String, TreePMap<String, Topic>> byTenant;
    /** By tenant: names with '.' as '_', of the topics whose names have either. */
    private final TreePMap<String, TreePMap<String, String>> unified;
    /** By a block's first stream. */
    private final TreePMap<Long, StreamRun> byStream;

    private final long[] streamsByShard;
    private final long streams;

    private record StreamRun(TopicId topic, int count) {}

    private TopicTable(
            TreePMap<TopicId, Topic> byId,
            TreePMap<String, TreePMap<String, Topic>> byTenant,
            TreePMap<String, TreePMap<String, String>> unified,
            TreePMap<Long, StreamRun> byStream,
            long[] streamsByShard,
            long streams) {
        this.byId = byId;
        this.byTenant = byTenant;
        this.unified = unified;
        this.byStream = byStream;
        this.streamsByShard = streamsByShard;
        this.streams = streams;
    }

    public int size() {
        return byId.size();
    }

    /** Streams of all topics together. */
    public long streams() {
        return streams;
    }

    /** Streams placed on each shard so far; shards beyond the end have none. */
    public long[] streamsByShard() {
        return streamsByShard.clone();
    }

    public Optional<Topic> byId(TopicId id) {
        return Optional.ofNullable(byId.get(id));
    }

    public Optional<Topic> byName(TenantId tenant, String name) {
        return Optional.ofNullable(named(tenant).get(name));
    }

    public Optional<Topic> byStream(StreamId stream) {
        Map.Entry<Long, StreamRun> run = byStream.floorEntry(stream.value());
        if (run == null || stream.value() >= run.getKey() + run.getValue().count()) {
            return Optional.empty();
        }
        return byId(run.getValue().topic());
    }

    /** Another topic of the tenant whose name differs only in '.' and '_', which Kafka's metrics cannot tell apart. */
    public Optional<String> colliding(TenantId tenant, String name) {
        TreePMap<String, String> names = unified.get(tenant.name());
        String other = names == null ? null : names.get(unify(name));
        return Optional.ofNullable(other).filter(found -> !found.equals(name));
    }

    /** Ascending by name. */
    public Collection<Topic> ofTenant(TenantId tenant) {
        return named(tenant).values();
    }

    public Collection<Topic> all() {
        return byId.values();
    }

    /** The names of all tenants that have topics, ascending. */
    Set<String> tenants() {
        return byTenant.keySet();
    }

    public Set<TopicId> ids() {
        return byId.keySet();
    }

    TopicTable with(Topic topic) {
        Topic before = byId.get(topic.id());
        TopicTable base = before == null || sameLayout(before, topic) ? this : without(topic.id());
        boolean placed = before != null && sameLayout(before, topic);
        TreePMap<Long, StreamRun> runs = base.byStream;
        long[] loads = base.streamsByShard;
        long total = base.streams;
        if (!placed) {
            loads = base.streamsByShard.clone();
            for (PartitionBlock block : topic.blocks()) {
                runs = runs.plus(block.firstStream().value(), new StreamRun(topic.id(), block.count()));
                loads = added(loads, block.shard().value(), block.count());
                total += block.count();
            }
        }
        String tenant = topic.tenant().name();
        return new TopicTable(
                base.byId.plus(topic.id(), topic),
                base.byTenant.plus(tenant, base.named(topic.tenant()).plus(topic.name(), topic)),
                hasCollisionCharacter(topic.name())
                        ? base.unified.plus(tenant, base.unified(tenant).plus(unify(topic.name()), topic.name()))
                        : base.unified,
                runs,
                loads,
                total);
    }

    TopicTable without(TopicId id) {
        Topic topic = byId.get(id);
        if (topic == null) {
            return this;
        }
        TreePMap<Long, StreamRun> runs = byStream;
        long[] loads = streamsByShard.clone();
        for (PartitionBlock block : topic.blocks()) {
            runs = runs.minus(block.firstStream().value());
            loads = added(loads, block.shard().value(), -block.count());
        }
        String tenant = topic.tenant().name();
        return new TopicTable(
                byId.minus(id),
                orGone(byTenant, tenant, named(topic.tenant()).minus(topic.name())),
                hasCollisionCharacter(topic.name())
                        ? orGone(unified, tenant, unified(tenant).minus(unify(topic.name())))
                        : unified,
                runs,
                loads,
                streams - topic.partitions());
    }

    private static boolean sameLayout(Topic before, Topic after) {
        return before.tenant().equals(after.tenant())
                && before.name().equals(after.name())
                && before.blocks().equals(after.blocks());
    }

    private static long[] added(long[] loads, int shard, long count) {
        long[] grown = shard < loads.length ? loads : Arrays.copyOf(loads, shard + 1);
        grown[shard] += count;
        return grown;
    }

    private static <V> TreePMap<String, TreePMap<String, V>> orGone(
            TreePMap<String, TreePMap<String, V>> outer, String key, TreePMap<String, V> inner) {
        return inner.isEmpty() ? outer.minus(key) : outer.plus(key, inner);
    }

    private TreePMap<String, Topic> named(TenantId tenant) {
        TreePMap<String, Topic> topics = byTenant.get(tenant.name());
        return topics == null ? TreePMap.<String, Topic>empty() : topics;
    }

    private TreePMap<String, String> unified(String tenant) {
        TreePMap<String, String> names = unified.get(tenant);
        return names == null ? TreePMap.<String, String>empty() : names;
    }

    private static boolean hasCollisionCharacter(String name) {
        return name.indexOf('.') >= 0 || name.indexOf('_') >= 0;
    }

    private static String unify(String name) {
        return name.replace('.', '_');
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TopicTable table
                && byId.equals(table.byId)
                && byTenant.equals(table.byTenant)
                && unified.equals(table.unified)
                && byStream.equals(table.byStream)
                && streams == table.streams
                && loadsOf(streamsByShard).equals(loadsOf(table.streamsByShard));
    }

    @Override
    public int hashCode() {
        return byId.hashCode();
    }

    /** Shards at the end without streams make no difference. */
    private static List<Long> loadsOf(long[] loads) {
        int length = loads.length;
        while (length > 0 && loads[length - 1] == 0) {
            length--;
        }
        return Arrays.stream(loads, 0, length).boxed().toList();
    }
}
