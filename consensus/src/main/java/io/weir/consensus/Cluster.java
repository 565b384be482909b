package io.weir.consensus;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * This node among those that keep its groups together (ADR 7).
 *
 * @param node this process
 * @param host the address to listen on
 * @param port likewise
 * @param founders the peers that groups begin with, the same on each of them; of no meaning to a node whose directory
 *     was not made a founder's, nor to a group that is on the disk already
 * @param keepers the nodes that keep groups of some name, by the name's beginning; all founders keep the others
 * @param later the peers that a group begins with which the cluster was not founded with; none for all others
 * @param insecure whether to listen beyond loopback: the transport knows no authentication
 */
public record Cluster(
        NodeId node,
        String host,
        int port,
        List<Peer> founders,
        Map<String, Set<NodeId>> keepers,
        Function<String, List<Peer>> later,
        boolean insecure) {
    /** Of one group. */
    public static final int MOST_PEERS = 7;

    private static final int MOST_FOUNDERS = 3 * MOST_PEERS;
    private static final int MOST_PORT = 65_535;

    public Cluster {
        founders = List.copyOf(founders);
        keepers = Map.copyOf(keepers);
        require(port >= 1 && port <= MOST_PORT, "port must be 1 to " + MOST_PORT + ": " + port);
        int most = keepers.isEmpty() ? MOST_PEERS : MOST_FOUNDERS;
        require(founders.size() <= most, "founders must be at most " + most + ": " + founders.size());
        keepers.forEach((groups, nodes) -> require(
                nodes.size() <= MOST_PEERS, "keepers of " + groups + " must be at most " + MOST_PEERS + ": " + nodes));
        require(
                founders.stream().map(peer -> peer.id().node()).distinct().count() == founders.size(),
                "founders must be of different nodes: " + founders);
        require(
                founders.isEmpty()
                        || founders.stream().anyMatch(peer -> peer.id().node().equals(node)),
                "founders must contain this node, " + node + ": " + founders);
        require(
                insecure || isLoopback(host),
                "host must be a loopback address unless insecure, since peers are not authenticated: " + host);
    }

    /** A replica of this node's as the others reach it: where they were told, or where it listens. */
    public Peer replica(PeerId id) {
        return founders.stream()
                .filter(peer -> peer.id().node().equals(node))
                .findFirst()
                .map(named -> new Peer(id, named.host(), named.port()))
                .orElseGet(() -> new Peer(id, host, port));
    }

    /** One without groups that come later. */
    public Cluster(
            NodeId node,
            String host,
            int port,
            List<Peer> founders,
            Map<String, Set<NodeId>> keepers,
            boolean insecure) {
        this(node, host, port, founders, keepers, group -> List.of(), insecure);
    }

    /** One whose founders keep every group. */
    public Cluster(NodeId node, String host, int port, List<Peer> founders, boolean insecure) {
        this(node, host, port, founders, Map.of(), insecure);
    }

    /** The peers that a group begins with. */
    public List<Peer> foundersOf(String group) {
        List<Peer> own = later.apply(group);
        return own.isEmpty() ? foundersFromTheBeginning(group) : own;
    }

    /**
     * Whom to ask about a group, each address once: those that it begins with, and those that this node was told of. A
     * group outlasts who it began with.
     */
    public List<Peer> contactsOf(String group) {
        List<Peer> contacts = new ArrayList<>(foundersOf(group));
        for (Peer told : foundersFromTheBeginning(group)) {
            if (contacts.stream().noneMatch(known -> known.host().equals(told.host()) && known.port() == told.port())) {
                contacts.add(told);
            }
        }
        return List.copyOf(contacts);
    }

    private List<Peer> foundersFromTheBeginning(String group) {
        return keepers.entrySet().stream()
                .filter(each -> group.startsWith(each.getKey()))
                .findFirst()
                .map(each -> founders.stream()
                        .filter(peer -> each.getValue().contains(peer.id().node()))
                        .toList())
                .orElse(founders);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host is unknown: " + host, e);
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
