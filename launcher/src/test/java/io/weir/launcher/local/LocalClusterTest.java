package io.weir.launcher.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.launcher.config.SettingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalClusterTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void isFoundAgainAsItWasPlanned() throws IOException {
        // Given
        LocalCluster.of(directory.resolve("c"), LocalSize.parse("5"), new LocalPorts(100));

        // When
        LocalCluster found = LocalCluster.in(directory.resolve("c"));

        // Then
        assertThat(found.nodes()).hasSize(5);
        assertThat(found.node(5).kafka()).contains("127.0.0.1:9196");
        assertThat(found.node(1).admin()).isEqualTo("http://127.0.0.1:8180");
    }

    @Test
    void rolesApartAreNumberedInOrderAndOnlyGatewaysServe() throws IOException {
        // Given
        LocalCluster.of(directory, LocalSize.parse("3+3+2"), new LocalPorts(0));

        // When
        LocalCluster found = LocalCluster.in(directory);

        // Then
        assertThat(found.nodes().stream().map(node -> node.roles().toString()))
                .containsExactly(
                        "metadata", "metadata", "metadata", "wal", "wal", "wal", "gateway,sink", "gateway,sink");
        assertThat(found.nodes().stream().flatMap(node -> node.kafka().stream()))
                .containsExactly("127.0.0.1:9098", "127.0.0.1:9099");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "three", "3+3", "3+3+0", "1+1+1+1", "11+11+11", "33", "-3", "99999"})
    void aSizeThatCannotBeIsRefused(String size) {
        assertThatThrownBy(() -> LocalSize.parse(size)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anEvenNumberOfNodesThatKeepTheLogIsRefused() {
        assertThat(LocalSize.parse("11+11+10").nodes()).isEqualTo(LocalSize.MOST_NODES);
        assertThatThrownBy(() -> LocalCluster.of(directory, LocalSize.parse("3+2+1"), new LocalPorts(0)))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("2 wal nodes are not an odd number");
    }

    @Test
    void isNotPlannedTwiceDifferently() throws IOException {
        LocalCluster.of(directory, LocalSize.parse("3"), new LocalPorts(0));

        assertThatThrownBy(() -> LocalCluster.of(directory, LocalSize.parse("5"), new LocalPorts(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has nodes and port offset 3 0, not 5 0");
    }

    @Test
    void leavesNothingBehindOfAPlanThatCannotWork() throws IOException {
        assertThatThrownBy(() -> LocalCluster.of(directory, LocalSize.parse("4"), new LocalPorts(0)))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("4 nodes are not an odd number");

        assertThat(LocalCluster.of(directory, LocalSize.parse("3"), new LocalPorts(0))
                        .nodes())
                .hasSize(3);
    }

    @Test
    void isNotInADirectoryWithoutOne() {
        assertThatThrownBy(() -> LocalCluster.in(directory))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("There is no cluster in");
    }

    @Test
    void aProcessThatWasGivenTheSameNumberLaterIsNotTheNodes() throws IOException {
        // Given
        LocalNode node = LocalCluster.of(directory, LocalSize.parse("3"), new LocalPorts(0))
                .node(2);
        Files.createDirectories(directory.resolve("node-2"));

        // When: this process has the number, but was started at another time
        Files.writeString(
                directory.resolve("node-2/process"), ProcessHandle.current().pid() + " 2001-02-03T04:05:06Z\n");

        // Then
        assertThat(node.process()).isEmpty();
    }

    @Test
    void knowsAProcessThatRuns() throws Exception {
        // Given
        LocalNode node = LocalCluster.of(directory, LocalSize.parse("3"), new LocalPorts(0))
                .node(1);
        Process process = node.start(java.util.List.of("sleep", "60"));

        // When
        boolean lived = node.process().isPresent();
        boolean killed = LocalCluster.in(directory).kill(1);

        // Then
        assertThat(lived).isTrue();
        assertThat(killed).isTrue();
        assertThat(process.waitFor()).isNotZero();
        assertThat(node.process()).isEmpty();
    }

    @Test
    void aNodeThatIsNotThereIsSaid() throws IOException {
        LocalCluster cluster = LocalCluster.of(directory, LocalSize.parse("3"), new LocalPorts(0));

        assertThatThrownBy(() -> cluster.kill(4)).hasMessageContaining("There is no node 4: they are 1 to 3");
    }
}
