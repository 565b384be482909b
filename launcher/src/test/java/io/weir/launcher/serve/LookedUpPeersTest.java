package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Peer;
import io.weir.launcher.config.ClusterPeer;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.Role;
import io.weir.launcher.config.RoleSet;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LookedUpPeersTest {
    private final Map<String, List<String>> names = new HashMap<>();
    private final LookedUpPeers lookedUp = new LookedUpPeers(
            List.of(
                    new ClusterPeer(new HostPort("log", 7401), new RoleSet(Set.of(Role.WAL))),
                    new ClusterPeer(new HostPort("meta", 7402), new RoleSet(Set.of(Role.METADATA))),
                    new ClusterPeer(new HostPort("both", 7403))),
            this::resolve);

    private InetAddress[] resolve(String name) throws UnknownHostException {
        List<String> addresses = names.get(name);
        if (addresses == null) {
            throw new UnknownHostException(name);
        }
        InetAddress[] resolved = new InetAddress[addresses.size()];
        for (int i = 0; i < resolved.length; i++) {
            resolved[i] = InetAddress.getByName(addresses.get(i));
        }
        return resolved;
    }

    private List<String> keeping(Role role) {
        return lookedUp.keeping(role).stream()
                .map(peer -> peer.host() + ":" + peer.port())
                .toList();
    }

    @Test
    void everyAddressOfANameMayBeANodeOfItsRoles() {
        names.put("log", List.of("10.0.0.2", "10.0.0.1"));
        names.put("meta", List.of("10.0.0.3"));
        names.put("both", List.of("10.0.0.4"));

        assertThat(keeping(Role.WAL)).containsExactly("10.0.0.1:7401", "10.0.0.2:7401", "10.0.0.4:7403");
        assertThat(keeping(Role.METADATA)).containsExactly("10.0.0.3:7402", "10.0.0.4:7403");
        assertThat(lookedUp.keeping(Role.WAL).stream().map(Peer::id)).doesNotHaveDuplicates();
    }

    @Test
    void aNameIsLookedUpAnewAndMayStandForNobody() {
        assertThat(keeping(Role.WAL)).isEmpty();
        names.put("log", List.of("10.0.0.1"));
        assertThat(keeping(Role.WAL)).containsExactly("10.0.0.1:7401");
        names.put("log", List.of("10.0.0.9"));
        assertThat(keeping(Role.WAL)).containsExactly("10.0.0.9:7401");
    }

    @Test
    void takesNoMoreAddressesThanItsBound() {
        names.put(
                "log",
                IntStream.rangeClosed(1, LookedUpPeers.MOST_ADDRESSES + 1)
                        .mapToObj(i -> "10.0.0." + i)
                        .toList());
        assertThat(keeping(Role.WAL)).hasSize(LookedUpPeers.MOST_ADDRESSES);
    }
}
