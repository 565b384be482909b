package io.weir.launcher.serve;

import static io.weir.launcher.serve.ClusterAnswers.BAD_REQUEST;
import static io.weir.launcher.serve.ClusterAnswers.CONFLICT;
import static io.weir.launcher.serve.ClusterAnswers.METHOD_NOT_ALLOWED;
import static io.weir.launcher.serve.ClusterAnswers.NOT_FOUND;
import static io.weir.launcher.serve.ClusterAnswers.OK;
import static io.weir.launcher.serve.ClusterAnswers.said;

import io.weir.consensus.Cluster;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MemberPlans;
import io.weir.launcher.config.Exposure;
import io.weir.launcher.config.HostPort;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * {@code PUT /cluster/members/N/HOST:PORT} and {@code DELETE /cluster/members/N}: plans that a node takes part in the
 * groups, or no more. What is answered is planned; {@link Members} carries it out.
 *
 * <p>Threading: any thread that may block.
 */
final class MemberRequests {
    private static final String PATH = "/members/";

    private final MemberPlans plans;
    private final Supplier<? extends Collection<ConsensusGroup>> groups;
    private final Exposure exposure;

    /** Of the groups that are open, and nodes as exposed as this one. */
    MemberRequests(MemberPlans plans, Supplier<? extends Collection<ConsensusGroup>> groups, Exposure exposure) {
        this.plans = plans;
        this.groups = groups;
        this.exposure = exposure;
    }

    static boolean isFor(HttpQuestion question) {
        return question.path().startsWith(PATH);
    }

    HttpAnswer answer(HttpQuestion question) {
        String[] words = question.path().substring(PATH.length()).split("/", -1);
        try {
            NodeId node = new NodeId(Integer.parseInt(words[0]));
            if (question.method().equals("PUT") && words.length == 2) {
                return add(node, HostPort.parse(URLDecoder.decode(words[1], StandardCharsets.UTF_8)));
            }
            if (question.method().equals("DELETE") && words.length == 1) {
                return remove(node);
            }
            return said(METHOD_NOT_ALLOWED, "PUT " + PATH + "N/HOST:PORT adds a node, DELETE " + PATH + "N removes it");
        } catch (IllegalArgumentException malformed) {
            return said(BAD_REQUEST, "Not N or N/HOST:PORT: " + malformed.getMessage());
        }
    }

    private HttpAnswer add(NodeId node, HostPort address) {
        if (node.value() < 1 || address.port() == 0) {
            return said(
                    BAD_REQUEST,
                    "Node " + node.value() + " at " + address + ": a number from 1, and a port other than 0");
        }
        if (exposure == Exposure.LOOPBACK && !address.isLoopback()) {
            return said(
                    BAD_REQUEST,
                    address + " is not a loopback address. Nodes know no credentials yet: say --insecure to all"
                            + " of them, in a network that only your own machines can reach");
        }
        Set<Integer> after = members();
        if (after.isEmpty()) {
            return said(
                    CONFLICT,
                    "No group here has several peers: ask a node that keeps metadata or the log. One that was started"
                            + " without peers cannot grow");
        }
        if (peers().anyMatch(peer -> !peer.id().node().equals(node)
                && peer.host().equals(address.host())
                && peer.port() == address.port())) {
            return said(CONFLICT, "Another node listens at " + address);
        }
        plans.plans().forEach((planned, plan) -> {
            if (plan instanceof MemberPlan.Joins) {
                after.add(planned.value());
            }
        });
        after.add(node.value());
        if (after.size() > Cluster.MOST_PEERS) {
            return said(
                    CONFLICT,
                    "With node " + node.value() + " there would be " + after.size() + ", more than "
                            + Cluster.MOST_PEERS + ": " + after);
        }
        return planned(
                node,
                new MemberPlan.Joins(address.host(), address.port()),
                "Node " + node.value() + " may join: start it with an empty data directory, --node-id " + node.value()
                        + ", and --peers with the present ones and " + node.value() + "=" + address + advice(after));
    }

    private HttpAnswer remove(NodeId node) {
        Set<Integer> after = members();
        boolean belongs = after.remove(node.value());
        if (!belongs && !(plans.plans().get(node) instanceof MemberPlan.Joins)) {
            return said(NOT_FOUND, "Node " + node.value() + " belongs to no group, and is not about to");
        }
        plans.plans().forEach((planned, plan) -> {
            if (plan instanceof MemberPlan.Leaves) {
                after.remove(planned.value());
            }
        });
        if (after.isEmpty()) {
            return said(CONFLICT, "Node " + node.value() + " is the last one");
        }
        return planned(
                node,
                new MemberPlan.Leaves(),
                "Node " + node.value() + " is taken out of every group, as soon as those that are left and answer are a"
                        + " quorum; stop it when weir cluster describe shows it in none" + advice(after));
    }

    private static String advice(Set<Integer> after) {
        return after.size() % 2 == 0
                ? ". Then there are " + after.size() + ": they bear no more losses than " + (after.size() - 1)
                        + " would, so do not leave it at that"
                : "";
    }

    private HttpAnswer planned(NodeId node, MemberPlan plan, String done) {
        return ClusterAnswers.planned(plans.plan(node, plan), accepted -> said(OK, done));
    }

    /** By the groups that this process knows the replicas of. */
    private Set<Integer> members() {
        Set<Integer> nodes = new TreeSet<>();
        peers().forEach(peer -> nodes.add(peer.id().node().value()));
        return nodes;
    }

    private Stream<Peer> peers() {
        return groups.get().stream()
                .flatMap(group -> group.membership().map(GroupMembership::peers).stream())
                .flatMap(Collection::stream);
    }
}
