package io.weir.launcher.config;

import static java.util.Objects.requireNonNull;

import io.weir.contracts.identity.NodeId;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * This process among those that keep the log together.
 *
 * @param node this one
 * @param peers where each listens for the others, by number; empty when this process is alone
 * @param listen where this one listens, if that differs
 * @param exposure of that
 */
public record ClusterSettings(
        NodeId node, SortedMap<Integer, HostPort> peers, Optional<HostPort> listen, Exposure exposure) {
    private static final int MOST_PEERS = 7;

    public ClusterSettings {
        peers = Collections.unmodifiableSortedMap(new TreeMap<>(peers));
        if (node.value() < 1) {
            throw new SettingException("node-id: " + node.value() + " is less than 1");
        }
        if (peers.isEmpty() && listen.isPresent()) {
            throw new SettingException("cluster-listen needs peers: name this node and the others in it");
        }
        if (!peers.isEmpty()) {
            requireUsable(node, peers);
            HostPort listening = listening(peers, node, listen);
            exposure.require(Setting.CLUSTER_LISTEN, listening);
            if (listening.port() == 0) {
                throw new SettingException("cluster-listen " + listening + " needs a port other than 0");
            }
        }
    }

    private static void requireUsable(NodeId node, SortedMap<Integer, HostPort> peers) {
        if (peers.size() > MOST_PEERS || peers.size() % 2 == 0) {
            throw new SettingException("peers: " + peers.size() + " nodes are not an odd number up to " + MOST_PEERS
                    + ", and an even one bears no more losses than the odd one below it: name 3, 5 or 7");
        }
        if (!peers.containsKey(node.value())) {
            throw new SettingException("peers: they must contain this process, whose node-id is " + node.value());
        }
        if (peers.firstKey() < 1) {
            throw new SettingException("peers: node-id " + peers.firstKey() + " is less than 1");
        }
        if (peers.values().stream().distinct().count() < peers.size()) {
            throw new SettingException("peers: two nodes have the same address in " + text(peers));
        }
    }

    /** A process that keeps its log alone. */
    public static ClusterSettings alone() {
        return new ClusterSettings(new NodeId(1), new TreeMap<>(), Optional.empty(), Exposure.LOOPBACK);
    }

    /** @throws SettingException naming the first setting that cannot be used */
    public static ClusterSettings from(Settings settings) {
        return new ClusterSettings(
                settings.read(Setting.NODE_ID, text -> new NodeId(number(text))),
                settings.readIfGiven(Setting.PEERS, ClusterSettings::parse).orElseGet(TreeMap::new),
                settings.readIfGiven(Setting.CLUSTER_LISTEN, HostPort::parse),
                Exposure.of(settings.read(Setting.INSECURE, ServeConfig::flag)));
    }

    /** Whether there are others. */
    public boolean isCluster() {
        return !peers.isEmpty();
    }

    /** Where this process, one of several, listens for the others. */
    public HostPort listening() {
        return listening(peers, node, listen);
    }

    private static HostPort listening(SortedMap<Integer, HostPort> peers, NodeId node, Optional<HostPort> listen) {
        return listen.orElseGet(() -> requireNonNull(peers.get(node.value()), "a peer's address"));
    }

    /** The peers as the setting is written. */
    public static String text(SortedMap<Integer, HostPort> peers) {
        return peers.entrySet().stream()
                .map(peer -> peer.getKey() + "=" + peer.getValue())
                .collect(Collectors.joining(","));
    }

    private static SortedMap<Integer, HostPort> parse(String text) {
        SortedMap<Integer, HostPort> peers = new TreeMap<>();
        for (String peer : text.strip().split("\\s*,\\s*", -1)) {
            int equals = peer.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + peer + "' is not N=HOST:PORT");
            }
            if (peers.put(number(peer.substring(0, equals)), HostPort.parse(peer.substring(equals + 1))) != null) {
                throw new IllegalArgumentException("Node " + peer.substring(0, equals) + " is named twice");
            }
        }
        return peers;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number");
        }
    }
}
