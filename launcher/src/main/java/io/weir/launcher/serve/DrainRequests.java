package io.weir.launcher.serve;

import static io.weir.launcher.serve.ClusterAnswers.BAD_REQUEST;
import static io.weir.launcher.serve.ClusterAnswers.CONFLICT;
import static io.weir.launcher.serve.ClusterAnswers.METHOD_NOT_ALLOWED;
import static io.weir.launcher.serve.ClusterAnswers.NOT_FOUND;
import static io.weir.launcher.serve.ClusterAnswers.OK;
import static io.weir.launcher.serve.ClusterAnswers.said;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MemberPlans;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.launcher.json.JsonText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * {@code PUT /cluster/drained/N} has a node lead nothing, own no cell and get no clients, {@code DELETE} ends that, and
 * {@code GET} says how far it is, as this process knows.
 *
 * <p>Threading: any thread that may block.
 */
final class DrainRequests {
    private static final String PATH = "/drained/";

    private final NodeId self;
    private final MemberPlans plans;
    private final MetadataSource metadata;
    private final Supplier<? extends Collection<ConsensusGroup>> groups;

    /** Of the groups that are open at a node. */
    DrainRequests(
            NodeId self,
            MemberPlans plans,
            MetadataSource metadata,
            Supplier<? extends Collection<ConsensusGroup>> groups) {
        this.self = self;
        this.plans = plans;
        this.metadata = metadata;
        this.groups = groups;
    }

    static boolean isFor(HttpQuestion question) {
        return question.path().startsWith(PATH);
    }

    HttpAnswer answer(HttpQuestion question) {
        NodeId node;
        try {
            node = new NodeId(Integer.parseInt(question.path().substring(PATH.length())));
        } catch (IllegalArgumentException malformed) {
            return said(BAD_REQUEST, "Not a node's number: " + malformed.getMessage());
        }
        return switch (question.method()) {
            case "GET" -> HttpAnswer.json(OK, JsonText.of(progress(node)));
            case "PUT" -> drain(node);
            case "DELETE" -> planned(node, false, "Node " + node.value() + " may lead and serve again");
            default ->
                said(METHOD_NOT_ALLOWED, "PUT " + PATH + "N drains a node, DELETE ends that, GET says how far it is");
        };
    }

    private HttpAnswer drain(NodeId node) {
        Set<NodeId> members = members();
        Set<NodeId> gateways = new HashSet<>();
        metadata.image().nodes().forEach(gateway -> gateways.add(gateway.id()));
        if (!members.contains(node) && !gateways.contains(node)) {
            return said(
                    NOT_FOUND, "Node " + node.value() + " belongs to no group that is known here, and is no gateway");
        }
        Set<NodeId> drained = plans.drained();
        for (Set<NodeId> some : List.of(members, gateways)) {
            if (some.contains(node) && some.stream().allMatch(each -> each.equals(node) || drained.contains(each))) {
                return said(CONFLICT, "Node " + node.value() + " is the last one that is not drained");
            }
        }
        return planned(
                node, true, "Node " + node.value() + " gives away what it leads and owns, and gets no further clients");
    }

    private Set<NodeId> members() {
        Set<NodeId> members = new HashSet<>();
        groups.get().stream()
                .flatMap(group -> group.membership().map(GroupMembership::peers).stream())
                .flatMap(Collection::stream)
                .forEach(peer -> members.add(peer.id().node()));
        return members;
    }

    private HttpAnswer planned(NodeId node, boolean drained, String done) {
        return ClusterAnswers.planned(plans.drain(node, drained), accepted -> said(OK, done));
    }

    /** What a node still has. Nothing is asked of anybody: what this process cannot know is said to be unknown. */
    private Map<String, Object> progress(NodeId node) {
        MetadataImage image = metadata.image();
        List<String> leads = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        Map<String, ConsensusGroup> open = new HashMap<>();
        groups.get().forEach(group -> open.put(group.name(), group));
        List<String> names = new ArrayList<>(List.of("cursors", "metadata"));
        IntStream.range(0, image.shardCount()).forEach(shard -> names.add(LeadershipSpread.SHARD + shard));
        for (String name : names) {
            Optional<NodeId> leader = Optional.ofNullable(open.get(name))
                    .flatMap(group -> leader(group).map(Leader::node));
            if (leader.isEmpty()) {
                unknown.add(name);
            } else if (leader.get().equals(node)) {
                leads.add(name);
            }
        }
        long cells = IntStream.range(0, CellStore.CELLS)
                .filter(cell ->
                        image.cellOwner(new CellId(cell)).filter(node::equals).isPresent())
                .count();
        boolean drained = image.drained().contains(node);
        boolean offered = image.offered().stream().map(ClusterNode::id).anyMatch(node::equals);
        Map<String, Object> progress = new LinkedHashMap<>();
        progress.put("node", node.value());
        progress.put("asked", self.value());
        progress.put("drained", drained);
        progress.put("leads", leads);
        progress.put("unknown", unknown);
        progress.put("cells", cells);
        progress.put("offered", offered);
        progress.put("done", drained && leads.isEmpty() && unknown.isEmpty() && cells == 0 && !offered);
        return progress;
    }

    private Optional<Leader> leader(ConsensusGroup group) {
        return switch (group.leadership()) {
            case Leadership.Leading(long term) -> Optional.of(new Leader(self, term));
            case Leadership.Following(Optional<Leader> known) -> known;
        };
    }
}
