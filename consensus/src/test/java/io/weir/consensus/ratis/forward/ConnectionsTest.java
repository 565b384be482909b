package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.util.stream.IntStream;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
    private static final String SECOND = "second";

    private FakeLeader leader;
    private FakeLeader second;
    private Connections connections;

    @BeforeEach
    void start() throws IOException {
        leader = new FakeLeader();
        second = new FakeLeader();
        connections = new Connections(group -> switch (group) {
            case FakeLeader.GROUP -> leader;
            case SECOND -> second;
            default -> null;
        });
    }

    @AfterEach
    void stop() {
        leader.close();
        second.close();
    }

    private static PeerId peer(int node) {
        return new PeerId(new NodeId(node), 1);
    }

    private Attributes connection() {
        return connections.transportReady(Attributes.EMPTY);
    }

    @Test
    void onlySoManyOfOneConnectionAreRememberedAndEachIsToldOfOnce() {
        Attributes connection = connection();
        for (int node = 1; node <= Connections.MOST_ASKERS + 1; node++) {
            Connections.asks(connection, new ToLeader.Question(FakeLeader.GROUP, peer(node)));
            Connections.asks(connection, new ToLeader.Question(FakeLeader.GROUP, peer(node)));
        }

        connections.transportTerminated(connection);

        assertThat(leader.lost())
                .containsExactlyElementsOf(IntStream.rangeClosed(1, Connections.MOST_ASKERS)
                        .mapToObj(ConnectionsTest::peer)
                        .toList());
        // And another connection has room of its own
        Attributes other = connection();
        Connections.asks(other, new ToLeader.Question(SECOND, peer(Connections.MOST_ASKERS + 1)));
        connections.transportTerminated(other);
        assertThat(second.lost()).containsExactly(peer(Connections.MOST_ASKERS + 1));
    }

    @Test
    void aGroupThatThrowsKeepsNoOtherFromBeingTold() {
        leader.throwWhenLost();
        Attributes connection = connection();
        Connections.asks(connection, new ToLeader.Question(FakeLeader.GROUP, peer(1)));
        Connections.asks(connection, new ToLeader.Question("closed", peer(1)));
        Connections.asks(connection, new ToLeader.Question(SECOND, peer(1)));

        connections.transportTerminated(connection);

        assertThat(leader.lost()).containsExactly(peer(1));
        assertThat(second.lost()).containsExactly(peer(1));
    }

    @Test
    void aConnectionOverWhichNobodyAskedEndsUnnoticed() {
        connections.transportTerminated(null);
        connections.transportTerminated(Attributes.EMPTY);
        connections.transportTerminated(connection());
        assertThat(leader.lost()).isEmpty();
    }
}
