package io.weir.kafka.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GatewaysTest {
    private static final ClusterNode ONE = node(1);
    private static final ClusterNode TWO = node(2);
    private static final ClusterNode THREE = node(3);
    private static final ShardLeaders NOBODY = shard -> Optional.empty();

    private final MemoryMetadata metadata = new MemoryMetadata();

    @Test
    void sendsClientsToTheNodeThatLeadsTheShard() {
        register(THREE, ONE, TWO);
        Gateways gateways = gateways(shard -> Optional.of(new NodeId(shard.value() + 2)));
        for (int stream = 0; stream < 10; stream++) {
            assertThat(gateways.leader(at(stream, 0))).isEqualTo(TWO.id());
            assertThat(gateways.leader(at(stream, 1))).isEqualTo(THREE.id());
        }
    }

    @Test
    void spreadsStreamsWhoseShardIsLedByNobodyOrByNoGateway() {
        register(ONE, TWO, THREE);
        for (ShardLeaders elsewhere : List.of(NOBODY, (ShardLeaders) shard -> Optional.of(new NodeId(9)))) {
            Gateways gateways = gateways(elsewhere);
            assertThat(List.of(gateways.leader(at(3, 0)), gateways.leader(at(4, 0)), gateways.leader(at(5, 0))))
                    .containsExactly(ONE.id(), TWO.id(), THREE.id());
        }
    }

    @Test
    void sendsNobodyToALeaderThatHasLeft() {
        register(ONE, TWO);
        ShardLeaders two = shard -> Optional.of(TWO.id());
        assertThat(gateways(two).leader(at(2, 0))).isEqualTo(TWO.id());
        metadata.unregisterNode(TWO.id()).join();
        assertThat(gateways(two).leader(at(2, 0))).isEqualTo(ONE.id());
    }

    @Test
    void sendsNobodyToAGatewayThatIsDrainedUnlessAllAre() {
        register(ONE, TWO);
        ShardLeaders two = shard -> Optional.of(TWO.id());
        metadata.drain(TWO.id(), true);
        assertThat(gateways(two).brokers()).containsExactly(ONE);
        assertThat(gateways(two).leader(at(2, 0))).isEqualTo(ONE.id());
        assertThat(gateways(two).nearer("", at(2, 0))).isEmpty();

        metadata.drain(ONE.id(), true);
        assertThat(gateways(two).brokers()).containsExactly(ONE, TWO);

        metadata.drain(TWO.id(), false);
        assertThat(gateways(two).brokers()).containsExactly(TWO);
    }

    @Test
    void whoAnswersIsTheControllerUnlessItHasLeft() {
        register(ONE, TWO, THREE);
        assertThat(Gateways.of(metadata.image(), TWO, NOBODY).controller()).isEqualTo(TWO.id());
        metadata.unregisterNode(TWO.id()).join();
        assertThat(Gateways.of(metadata.image(), TWO, NOBODY).controller()).isEqualTo(ONE.id());
    }

    @Test
    void isTheOnlyOneWhileNobodyIsRegistered() {
        Gateways gateways = gateways(shard -> Optional.of(THREE.id()));
        assertThat(gateways.brokers()).containsExactly(ONE);
        assertThat(gateways.leader(at(7, 0))).isEqualTo(ONE.id());
        assertThat(gateways.controller()).isEqualTo(ONE.id());
    }

    @Test
    void callsTheLeaderAndOneGatewayOfEachOtherZoneReplicas() {
        register(in("a", 1), in("b", 2), in("b", 3), in("c", 4), node(5));
        Gateways gateways = gateways(shard -> Optional.of(TWO.id()));
        assertThat(gateways.replicas(at(7, 0))).containsExactly(2, 1, 4);
        assertThat(gateways(NOBODY).replicas(at(0, 0))).containsExactly(1, 2, 4);
        assertThat(gateways(NOBODY).replicas(at(1, 0))).containsExactly(2, 1, 4);
        assertThat(gateways(NOBODY).replicas(at(4, 0))).containsExactly(5, 1, 2, 4);
    }

    @Test
    void sendsAConsumerToAGatewayOfItsZone() {
        register(in("a", 1), in("b", 2), in("b", 3));
        Gateways gateways = gateways(shard -> Optional.of(ONE.id()));
        assertThat(gateways.nearer("b", at(0, 0))).hasValue(TWO.id());
        assertThat(gateways.nearer("b", at(1, 0))).hasValue(THREE.id());
        // Here already, nobody there, and nothing said
        assertThat(gateways.nearer("a", at(0, 0))).isEmpty();
        assertThat(gateways.nearer("c", at(0, 0))).isEmpty();
        assertThat(gateways.nearer("", at(0, 0))).isEmpty();
        // The leader before others of its zone
        assertThat(gateways(shard -> Optional.of(THREE.id())).nearer("b", at(0, 0)))
                .hasValue(THREE.id());
    }

    private static ClusterNode in(String zone, int id) {
        return new ClusterNode(new NodeId(id), "127.0.0.1", 9000 + id, Optional.of(zone));
    }

    private Gateways gateways(ShardLeaders shards) {
        return Gateways.of(metadata.image(), ONE, shards);
    }

    private void register(ClusterNode... nodes) {
        for (ClusterNode node : nodes) {
            metadata.registerNode(node).join();
        }
    }

    private static StreamLocation at(long stream, int shard) {
        return new StreamLocation(new StreamId(stream), new ShardId(shard), new Epoch(0));
    }

    private static ClusterNode node(int id) {
        return new ClusterNode(new NodeId(id), "127.0.0.1", 9000 + id);
    }
}
