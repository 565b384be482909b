package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.local.LocalCluster;
import io.weir.launcher.local.LocalPorts;
import io.weir.launcher.local.LocalSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ClusterCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void statusSaysOfEachNodeWhereItIsForProgramsToo() throws IOException {
        // Given
        LocalCluster.of(directory, LocalSize.parse("3"), new LocalPorts(0));
        StringWriter out = new StringWriter();
        CommandLine weir = CommandTree.create().setOut(new PrintWriter(out, true));

        // When
        int code = weir.execute("cluster", "status", "--dir", directory.toString(), "-o", "json");

        // Then
        assertThat(code).isZero();
        assertThat(out.toString().lines())
                .hasSize(3)
                .first()
                .isEqualTo("{\"node\":1,\"process\":\"none\",\"roles\":\"all\",\"kafka\":\"127.0.0.1:9092\","
                        + "\"admin\":\"http://127.0.0.1:8080\",\"log\":\"" + directory.resolve("node-1/log") + "\"}");
    }
}
