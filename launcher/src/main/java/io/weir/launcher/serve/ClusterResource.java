package io.weir.launcher.serve;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.http.HttpResource;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MemberPlans;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.ShardPlans;
import io.weir.contracts.metadata.Topic;
import io.weir.launcher.config.Exposure;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.json.JsonText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@code GET /cluster}: the nodes that clients are sent to, what is planned for members, and each Raft group as this
 * node sees it. Below it are {@link MemberRequests}, {@link DrainRequests}, {@link ShardRequests} and
 * {@link MoveRequests}.
 *
 * <p>Threading: any thread. The description asks nobody: a node that is cut off says what it knew last.
 */
final class ClusterResource implements HttpResource {
    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int NOT_FOUND = 404;
    private static final String SHARD = "wal-";

    private final NodeId self;
    private final MetadataSource metadata;
    private final Supplier<? extends Collection<ConsensusGroup>> groups;
    private final MemberPlans plans;
    private final Supplier<List<Long>> tailBytes;
    private final MemberRequests members;
    private final DrainRequests drains;
    private final ShardRequests shards;
    private final MoveRequests moves;

    /**
     * Of a node.
     *
     * @param groups that are open: a shard's may be before the image shows that there is one more
     * @param tailBytes of each shard that is known here, by number
     */
    ClusterResource(
            NodeId self,
            MetadataSource metadata,
            Supplier<? extends Collection<ConsensusGroup>> groups,
            MemberPlans plans,
            ShardPlans shardPlans,
            MovePlans movePlans,
            Supplier<List<Long>> tailBytes,
            Exposure exposure) {
        this.self = self;
        this.metadata = metadata;
        this.groups = groups;
        this.plans = plans;
        this.tailBytes = tailBytes;
        this.members = new MemberRequests(plans, groups, exposure);
        this.drains = new DrainRequests(self, plans, metadata, groups);
        this.shards = new ShardRequests(shardPlans, groups);
        this.moves = new MoveRequests(movePlans, metadata);
    }

    @Override
    public String prefix() {
        return "/cluster";
    }

    @Override
    public int maxBodyBytes() {
        return 0;
    }

    @Override
    public HttpAnswer answer(HttpQuestion question) {
        if (MemberRequests.isFor(question)) {
            return members.answer(question);
        }
        if (DrainRequests.isFor(question)) {
            return drains.answer(question);
        }
        if (ShardRequests.isFor(question)) {
            return shards.answer(question);
        }
        if (MoveRequests.isFor(question)) {
            return moves.answer(question);
        }
        if (!question.path().isEmpty()) {
            return HttpAnswer.json(
                    NOT_FOUND,
                    JsonText.of(Map.of(
                            "message",
                            "There are only /cluster, and below it /members, /drained, /shards and /moves")));
        }
        if (!question.method().equals("GET")) {
            return HttpAnswer.json(METHOD_NOT_ALLOWED, JsonText.of(Map.of("message", "/cluster can only be read")));
        }
        MetadataImage image = metadata.image();
        Map<String, Object> cluster = new LinkedHashMap<>();
        cluster.put("cluster", image.clusterId());
        cluster.put("node", self.value());
        cluster.put("imageAgeMs", metadata.age().toMillis());
        cluster.put("shards", image.shardCount());
        cluster.put("nodes", nodes(image));
        cluster.put("plans", plans());
        cluster.put("groups", groups(image));
        return HttpAnswer.json(OK, JsonText.of(cluster));
    }

    private static List<Map<String, Object>> nodes(MetadataImage image) {
        List<Map<String, Object>> nodes = new ArrayList<>();
        image.nodes().stream()
                .sorted(Comparator.comparingInt((ClusterNode node) -> node.id().value()))
                .forEach(node -> {
                    Map<String, Object> cells = new LinkedHashMap<>();
                    cells.put("node", node.id().value());
                    cells.put("kafka", node.kafkaHost() + ":" + node.kafkaPort());
                    nodes.add(cells);
                });
        return nodes;
    }

    private List<Map<String, Object>> plans() {
        List<Map<String, Object>> rows = new ArrayList<>();
        plans.plans().forEach((node, plan) -> {
            Map<String, Object> cells = new LinkedHashMap<>();
            cells.put("node", node.value());
            cells.put(
                    "plan",
                    switch (plan) {
                        case MemberPlan.Joins(String host, int port) -> "joins at " + new HostPort(host, port);
                        case MemberPlan.Leaves() -> "leaves";
                    });
            rows.add(cells);
        });
        plans.drained().stream().map(NodeId::value).sorted().forEach(node -> {
            Map<String, Object> cells = new LinkedHashMap<>();
            cells.put("node", node);
            cells.put("plan", "drained");
            rows.add(cells);
        });
        return rows;
    }

    private List<Map<String, Object>> groups(MetadataImage image) {
        int[] streams = streamsByShard(image);
        List<Long> tails = tailBytes.get();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ConsensusGroup group : groups.get()) {
            Map<String, Object> cells = new LinkedHashMap<>();
            cells.put("group", group.name());
            Optional<Leader> leader = switch (group.leadership()) {
                case Leadership.Leading(long term) -> Optional.of(new Leader(self, term));
                case Leadership.Following(Optional<Leader> known) -> known;
            };
            cells.put("leader", leader.map(known -> known.node().value()).orElse(null));
            cells.put("term", leader.map(Leader::term).orElse(null));
            cells.put("applied", group.applied().index());
            cells.put("logBytes", group.logBytes());
            cells.put("streams", isShard(group) && shard(group) < streams.length ? streams[shard(group)] : null);
            cells.put("tailBytes", isShard(group) && shard(group) < tails.size() ? tails.get(shard(group)) : null);
            List<ReplicaLag> replicas = group.replicas().stream()
                    .sorted(Comparator.comparing(lag -> lag.peer().toString()))
                    .toList();
            cells.put(
                    "peers", replicas.stream().map(lag -> lag.peer().toString()).toList());
            cells.put("behind", replicas.stream().map(ClusterResource::behind).toList());
            cells.put("failure", group.failure().or(group::divergence).orElse(null));
            rows.add(cells);
        }
        return rows;
    }

    private static String behind(ReplicaLag lag) {
        return lag.entriesBehind().isPresent()
                ? Long.toString(lag.entriesBehind().getAsLong())
                : "?";
    }

    private static boolean isShard(ConsensusGroup group) {
        return group.name().startsWith(SHARD);
    }

    private static int shard(ConsensusGroup group) {
        return Integer.parseInt(group.name().substring(SHARD.length()));
    }

    private static int[] streamsByShard(MetadataImage image) {
        int[] streams = new int[image.shardCount()];
        for (Topic topic : image.topics()) {
            for (int i = 0; i < topic.partitions(); i++) {
                topic.location(i).ifPresent(at -> streams[at.shard().value()]++);
            }
        }
        return streams;
    }
}
