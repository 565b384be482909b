package io.weir.launcher.serve;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.launcher.config.ClusterPeer;
import io.weir.launcher.config.Role;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that names stand for, whoever listens there: each is asked for the groups that it keeps, and says who
 * their peers are. Until then nodes have numbers that no node has.
 *
 * <p>Threading: any thread that may block.
 */
final class LookedUpPeers {
    private static final Logger LOG = LoggerFactory.getLogger(LookedUpPeers.class);
    /** Of one name: more are of no use to find one that answers. */
    static final int MOST_ADDRESSES = 32;

    private static final int NOBODYS_NUMBER = Integer.MAX_VALUE;

    private final List<ClusterPeer> lookups;
    private final Resolver resolver;
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();

    /** Turns a name into addresses. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String name) throws UnknownHostException;
    }

    /** By the machine's resolver, {@code InetAddress::getAllByName}, or another. */
    LookedUpPeers(List<ClusterPeer> lookups, Resolver resolver) {
        this.lookups = List.copyOf(lookups);
        this.resolver = resolver;
    }

    /** Where nodes of a role may be, always in the same order while the names stand for the same. */
    List<Peer> keeping(Role role) {
        List<Peer> peers = new ArrayList<>();
        for (ClusterPeer lookup : lookups) {
            if (lookup.keeps().has(role)) {
                for (String address : addresses(lookup.address().host())) {
                    PeerId nobody = new PeerId(new NodeId(NOBODYS_NUMBER - peers.size()), 1);
                    peers.add(new Peer(nobody, address, lookup.address().port()));
                }
            }
        }
        return peers;
    }

    private List<String> addresses(String name) {
        try {
            List<String> addresses = Arrays.stream(resolver.resolve(name))
                    // One that only means something on one of the machine's interfaces is nobody's published address.
                    .filter(address -> !address.isLinkLocalAddress())
                    .map(InetAddress::getHostAddress)
                    .sorted(Comparator.naturalOrder())
                    .distinct()
                    .limit(MOST_ADDRESSES)
                    .toList();
            unknown.remove(name);
            return addresses;
        } catch (UnknownHostException nobody) {
            if (unknown.add(name)) {
                LOG.atWarn().addKeyValue("name", name).log("A name of peers stands for nobody yet");
            }
            return List.of();
        }
    }
}
