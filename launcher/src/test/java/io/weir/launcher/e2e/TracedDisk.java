package io.weir.launcher.e2e;

import io.weir.testsupport.file.Trees;
import io.weir.testsupport.power.DiskAfterPowerLoss;
import io.weir.testsupport.power.SystemCallTrace;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * A node's data directory, every change of which is traced while the node runs: when the power has failed, it holds
 * what a disk may hold then.
 *
 * <p>Threading: one thread, while the node does not run.
 */
final class TracedDisk {
    private static final Duration TRACER_ENDS_AT_MOST = Duration.ofSeconds(60);

    private final Path data;
    private final Path before;
    private final Path trace;

    /** Of a data directory below a directory that has no links in its path. */
    TracedDisk(Path data) {
        this.data = data;
        this.before = data.resolveSibling(data.getFileName() + "-before");
        this.trace = data.resolveSibling(data.getFileName() + "-trace");
    }

    /** The same command, every file system call of which goes to a file. */
    static Command traced(Command command, Path trace) {
        return Command.of(SystemCallTrace.tracer(trace)).with(command.words().toArray(String[]::new));
    }

    /** The same command, traced. */
    Command under(Command command) {
        return traced(command, trace);
    }

    /** Kills traced servers at once; each tracer then ends by itself, with its file complete. */
    static void kill(List<ServerProcess> servers) {
        servers.forEach(server ->
                ProcessHandle.of(server.pid()).orElseThrow().descendants().forEach(ProcessHandle::destroyForcibly));
        servers.forEach(server -> Await.until(
                "the tracer of " + server.bootstrap() + " has ended", TRACER_ENDS_AT_MOST, () -> !server.isAlive()));
    }

    /** Before each start: all that is there now was written long ago. */
    void settle() throws IOException {
        if (Files.exists(before)) {
            Trees.delete(before);
        }
        Trees.copy(data, before);
    }

    /** After each kill: keeps what is certain only. */
    void losePower() throws IOException {
        DiskAfterPowerLoss left = left();
        Trees.delete(data);
        left.writeCertain(data);
    }

    /** The same, and some of the rest, with torn writes. */
    void losePower(Random random) throws IOException {
        DiskAfterPowerLoss left = left();
        Trees.delete(data);
        left.writeSome(data, random);
    }

    private DiskAfterPowerLoss left() throws IOException {
        return DiskAfterPowerLoss.atEnd(SystemCallTrace.read(trace), data, before);
    }
}
