package io.weir.launcher.serve;

import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.data.DataDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;

/** One process with every role in it. */
public final class Server {
    private Server() {}

    /**
     * Serves until the process is told to stop.
     *
     * @param out gets one line, when the server is ready
     * @param err gets what an operator should know
     */
    public static void run(ServeConfig config, PrintStream out, PrintStream err) throws InterruptedException {
        DataDirectory.check(config.dataDir());
        requireFree("kafka-listen", config.listen().kafka());
        requireFree("admin-listen", config.listen().admin());
        try (DataDirectory data = DataDirectory.open(config.dataDir())) {
            err.println("weir: nothing serves " + data.root() + " yet");
        }
    }

    private static void requireFree(String setting, HostPort address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address.socketAddress());
        } catch (IOException taken) {
            throw new PortInUseException(setting + " " + address + ": " + taken.getMessage());
        }
    }
}
