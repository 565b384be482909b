package io.weir.launcher.config;

import static java.util.Objects.requireNonNull;

import io.weir.contracts.identity.NodeId;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * This process among those that are one service.
 *
 * @param node this one
 * @param peers those that keep metadata or the log, by number: empty when this process is alone. A process that keeps
 *     nothing is not among them
 * @param lookups names that stand for addresses of such nodes, instead of peers, for a process that keeps nothing
 * @param listen where this one listens, if that differs
 * @param exposure of that
 */
public record ClusterSettings(
        NodeId node,
        SortedMap<Integer, ClusterPeer> peers,
        List<ClusterPeer> lookups,
        Optional<HostPort> listen,
        Exposure exposure) {
    private static final int MOST_PEERS = 7;
    private static final String LOOKUP = "dns:";

    public ClusterSettings {
        peers = Collections.unmodifiableSortedMap(new TreeMap<>(peers));
        if (node.value() < 1) {
            throw new SettingException("node-id: " + node.value() + " is less than 1");
        }
        lookups = List.copyOf(lookups);
        if (!peers.isEmpty() && !lookups.isEmpty()) {
            throw new SettingException("peers: either all of them are named, N=HOST:PORT, or found, dns:NAME:PORT");
        }
        if (!lookups.isEmpty()) {
            requireFindable(lookups);
        }
        if (peers.isEmpty() && listen.isPresent()) {
            throw new SettingException("cluster-listen needs peers: name this node and the others in it");
        }
        if (!peers.isEmpty()) {
            requireUsable(peers);
        }
        if (peers.containsKey(node.value())) {
            HostPort listening = listening(peers, node, listen);
            exposure.require(Setting.CLUSTER_LISTEN, listening);
            if (listening.port() == 0) {
                throw new SettingException("cluster-listen " + listening + " needs a port other than 0");
            }
        } else if (listen.isPresent()) {
            throw new SettingException(
                    "cluster-listen: no node connects to node-id " + node.value() + ", which is not one of the peers");
        }
    }

    private static void requireUsable(SortedMap<Integer, ClusterPeer> peers) {
        counts(peers).forEach((what, count) -> {
            if (count == 0 || count > MOST_PEERS) {
                throw new SettingException("peers: " + count + " " + what + " are not 1 to " + MOST_PEERS);
            }
        });
        if (peers.firstKey() < 1) {
            throw new SettingException("peers: node-id " + peers.firstKey() + " is less than 1");
        }
        if (peers.values().stream().map(ClusterPeer::address).distinct().count() < peers.size()) {
            throw new SettingException("peers: two nodes have the same address in " + text(peers));
        }
    }

    private static void requireFindable(List<ClusterPeer> lookups) {
        if (lookups.size() > MOST_PEERS
                || lookups.stream().anyMatch(it -> it.address().port() == 0)) {
            throw new SettingException("peers: at most " + MOST_PEERS + " names, with ports other than 0: " + lookups);
        }
        for (Role role : RoleSet.KEEPING.roles()) {
            if (lookups.stream().noneMatch(lookup -> lookup.keeps().has(role))) {
                throw new SettingException("peers: no name finds nodes that keep " + role.label() + ": " + lookups);
            }
        }
    }

    /** One whose peers are all named. */
    public ClusterSettings(
            NodeId node, SortedMap<Integer, ClusterPeer> peers, Optional<HostPort> listen, Exposure exposure) {
        this(node, peers, List.of(), listen, exposure);
    }

    /** How many nodes keep the same. */
    private static Map<String, Integer> counts(SortedMap<Integer, ClusterPeer> peers) {
        return peers.values().stream().allMatch(peer -> peer.keeps().equals(RoleSet.KEEPING))
                ? Map.of("nodes", peers.size())
                : new TreeMap<>(Map.of(
                        "metadata nodes", keepers(peers, Role.METADATA).size(),
                        "wal nodes", keepers(peers, Role.WAL).size()));
    }

    /** A process that keeps its log alone. */
    public static ClusterSettings alone() {
        return new ClusterSettings(new NodeId(1), new TreeMap<>(), Optional.empty(), Exposure.LOOPBACK);
    }

    /** @throws SettingException naming the first setting that cannot be used */
    public static ClusterSettings from(Settings settings) {
        List<ClusterPeer> lookups =
                settings.readIfGiven(Setting.PEERS, ClusterSettings::lookups).orElseGet(List::of);
        if (!lookups.isEmpty()
                && settings.readIfGiven(Setting.NODE_ID, ClusterSettings::number)
                        .isEmpty()) {
            throw new SettingException(
                    "node-id: a node that finds the others by name needs one that no other node has");
        }
        return new ClusterSettings(
                settings.read(Setting.NODE_ID, text -> new NodeId(number(text))),
                settings.readIfGiven(Setting.PEERS, ClusterSettings::parse).orElseGet(TreeMap::new),
                lookups,
                settings.readIfGiven(Setting.CLUSTER_LISTEN, HostPort::parse),
                Exposure.of(settings.read(Setting.INSECURE, ServeConfig::flag)));
    }

    /**
     * What a cluster begins with is an odd number. One that grows is of an even one for a while.
     *
     * @throws SettingException when it is not
     */
    public void requireFounders() {
        counts(peers).forEach((what, count) -> {
            if (count % 2 == 0) {
                throw new SettingException("peers: " + count + " " + what + " are not an odd number up to " + MOST_PEERS
                        + ", and an even one bears no more losses than the odd one below it: name 1, 3, 5 or 7");
            }
        });
    }

    /** Whether there are others. */
    public boolean isCluster() {
        return !peers.isEmpty() || !lookups.isEmpty();
    }

    /** Whether this process is one of those that the others depend on. */
    public boolean isPeer() {
        return peers.containsKey(node.value());
    }

    /** The numbers of the nodes that keep metadata, or the log. */
    public List<Integer> keepers(Role role) {
        return keepers(peers, role);
    }

    private static List<Integer> keepers(SortedMap<Integer, ClusterPeer> peers, Role role) {
        return peers.entrySet().stream()
                .filter(peer -> peer.getValue().keeps().has(role))
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Whether this process can have these roles here.
     *
     * @throws SettingException when it can't
     */
    void requireFor(RoleSet roles) {
        RoleSet kept = roles.kept();
        if (!isCluster()) {
            if (!roles.equals(RoleSet.ALL)) {
                throw new SettingException(
                        "roles: a process that is alone has them all, not " + roles + " only: name the peers");
            }
        } else if (kept.roles().isEmpty()) {
            if (isPeer()) {
                throw new SettingException(
                        "roles: " + roles + " keeps nothing, but node-id " + node.value() + " is one of the peers");
            }
        } else if (!lookups.isEmpty()) {
            throw new SettingException("peers: names are for nodes that keep nothing; node-id " + node.value()
                    + " keeps " + kept + ", and needs to know which node is which: N=HOST:PORT of each");
        } else if (!isPeer()) {
            throw new SettingException("peers: they must contain this process, whose node-id is " + node.value());
        } else if (!requireNonNull(peers.get(node.value()), "a peer").keeps().equals(kept)) {
            throw new SettingException("roles: " + roles + " is not what peers say of node-id " + node.value() + ": "
                    + peers.get(node.value()));
        }
    }

    /** Where this process, one of several, listens for the others. */
    public HostPort listening() {
        return listening(peers, node, listen);
    }

    private static HostPort listening(SortedMap<Integer, ClusterPeer> peers, NodeId node, Optional<HostPort> listen) {
        return listen.orElseGet(
                () -> requireNonNull(peers.get(node.value()), "a peer").address());
    }

    /** The peers as the setting is written. */
    public static String text(SortedMap<Integer, ClusterPeer> peers) {
        return peers.entrySet().stream()
                .map(peer -> peer.getKey() + "=" + peer.getValue())
                .collect(Collectors.joining(","));
    }

    private static SortedMap<Integer, ClusterPeer> parse(String text) {
        SortedMap<Integer, ClusterPeer> peers = new TreeMap<>();
        for (String peer : text.strip().split("\\s*,\\s*", -1)) {
            if (peer.startsWith(LOOKUP)) {
                continue;
            }
            int equals = peer.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + peer + "' is not N=HOST:PORT, nor dns:NAME:PORT");
            }
            if (peers.put(number(peer.substring(0, equals)), ClusterPeer.parse(peer.substring(equals + 1))) != null) {
                throw new IllegalArgumentException("Node " + peer.substring(0, equals) + " is named twice");
            }
        }
        return peers;
    }

    private static List<ClusterPeer> lookups(String text) {
        return Arrays.stream(text.strip().split("\\s*,\\s*", -1))
                .filter(peer -> peer.startsWith(LOOKUP))
                .map(peer -> ClusterPeer.parse(peer.substring(LOOKUP.length())))
                .toList();
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number");
        }
    }
}
