package io.weir.consensus;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * This node among those that keep its groups together (ADR 7).
 *
 * @param node this process
 * @param host the address to listen on
 * @param port likewise
 * @param founders the peers that a group begins with, the same on each of them; of no meaning to a node whose directory
 *     was not made a founder's, nor to a group that is on the disk already
 * @param insecure whether to listen beyond loopback: the transport knows no authentication
 */
public record Cluster(NodeId node, String host, int port, List<Peer> founders, boolean insecure) {
    private static final int MOST_PEERS = 7;
    private static final int MOST_PORT = 65_535;

    public Cluster {
        founders = List.copyOf(founders);
        require(port >= 1 && port <= MOST_PORT, "port must be 1 to " + MOST_PORT + ": " + port);
        require(founders.size() <= MOST_PEERS, "founders must be at most " + MOST_PEERS + ": " + founders.size());
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
