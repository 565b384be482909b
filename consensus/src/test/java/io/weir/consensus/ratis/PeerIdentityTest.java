package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.Cluster;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerIdentityTest {
    private static final Cluster CLUSTER = new Cluster(new NodeId(1), "127.0.0.1", 7001, List.of(), false);

    @TempDir
    private Path directory;

    @Test
    void aGroupThatCouldNotBeWrittenDownHasNotBegun() throws Exception {
        // Given a file that cannot be replaced, since what is to take its place cannot be written
        PeerIdentity identity = PeerIdentity.of(directory, CLUSTER, InstantSource.system());
        Path obstacle = Files.createDirectory(directory.resolve("peer.unfinished"));

        // When a group is to begin, and is to once more
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> identity.begin("journal")).isInstanceOf(IOException.class);
            assertThat(identity.hasBegun("journal")).isFalse();
        }
        Files.delete(obstacle);
        identity.begin("journal");

        // Then the next process knows of it, too
        assertThat(identity.begun()).containsExactly("journal");
        PeerIdentity next = PeerIdentity.of(directory, CLUSTER, InstantSource.system());
        assertThat(next.begun()).containsExactly("journal");
        assertThat(next.id()).isEqualTo(identity.id());
    }
}
