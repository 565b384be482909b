package io.weir.launcher.serve;

import static io.weir.launcher.serve.ClusterAnswers.BAD_REQUEST;
import static io.weir.launcher.serve.ClusterAnswers.CONFLICT;
import static io.weir.launcher.serve.ClusterAnswers.METHOD_NOT_ALLOWED;
import static io.weir.launcher.serve.ClusterAnswers.NOT_FOUND;
import static io.weir.launcher.serve.ClusterAnswers.OK;
import static io.weir.launcher.serve.ClusterAnswers.said;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MemberPlan;
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
import java.util.stream.Collectors;
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
        if (plans.drained().contains(node)) {
            return planned(node, true, drained(node));
        }
        Optional<HttpAnswer> objection = objection(node);
        if (objection.isPresent()) {
            return objection.get();
        }
        // Two may have been drained at once, each as if it alone were: whoever sees both takes its own back.
        return ClusterAnswers.planned(
                plans.drain(node, true),
                accepted -> objection(node)
                        .map(tooLate -> ClusterAnswers.planned(plans.drain(node, false), undone -> tooLate))
                        .orElseGet(() -> said(OK, drained(node))));
    }

    private static String drained(NodeId node) {
        return "Node " + node.value() + " gives away what it leads and owns, and gets no further clients";
    }

    /** In each group somebody must be left who can lead; that a gateway is left is part of the decision. */
    private Optional<HttpAnswer> objection(NodeId node) {
        MetadataImage image = metadata.image();
        Map<String, ConsensusGroup> open = open();
        Set<NodeId> unwanted = unwanted();
        boolean isKnown =
                image.nodes().stream().anyMatch(gateway -> gateway.id().equals(node));
        for (String name : names(image)) {
            ConsensusGroup group = open.get(name);
            if (group != null && group.keepsLog() && group.membership().isEmpty()) {
                // A process that is alone: it is a gateway, too.
                continue;
            }
            Set<NodeId> keepers = group == null ? Set.of() : keepers(group);
            if (keepers.isEmpty()) {
                return Optional.of(
                        said(CONFLICT, "Who keeps group " + name + " is not known here: ask again, or another node"));
            }
            isKnown |= keepers.contains(node);
            if (keepers.contains(node)
                    && keepers.stream().allMatch(each -> each.equals(node) || unwanted.contains(each))) {
                return Optional.of(said(
                        CONFLICT,
                        "Node " + node.value() + " is the last one of group " + name
                                + " that is not drained, and does not leave"));
            }
        }
        return isKnown
                ? Optional.empty()
                : Optional.of(said(NOT_FOUND, "Node " + node.value() + " belongs to no group, and is no gateway"));
    }

    private static Set<NodeId> keepers(ConsensusGroup group) {
        return group.replicas().stream().map(lag -> lag.peer().node()).collect(Collectors.toSet());
    }

    /** Those that lead nothing, if another can. */
    private Set<NodeId> unwanted() {
        Set<NodeId> unwanted = new HashSet<>(plans.drained());
        plans.plans().forEach((node, plan) -> {
            if (plan instanceof MemberPlan.Leaves) {
                unwanted.add(node);
            }
        });
        return unwanted;
    }

    private Map<String, ConsensusGroup> open() {
        Map<String, ConsensusGroup> open = new HashMap<>();
        groups.get().forEach(group -> open.put(group.name(), group));
        return open;
    }

    private static List<String> names(MetadataImage image) {
        List<String> names = new ArrayList<>(List.of("cursors", "metadata"));
        IntStream.range(0, image.shardCount()).forEach(shard -> names.add(LeadershipSpread.SHARD + shard));
        return names;
    }

    private HttpAnswer planned(NodeId node, boolean drained, String done) {
        return ClusterAnswers.planned(plans.drain(node, drained), accepted -> said(OK, done));
    }

    /** What a node still has. Nothing is asked of anybody: what this process cannot know is said to be unknown. */
    private Map<String, Object> progress(NodeId node) {
        MetadataImage image = metadata.image();
        List<String> leads = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        Map<String, ConsensusGroup> open = open();
        for (String name : names(image)) {
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
