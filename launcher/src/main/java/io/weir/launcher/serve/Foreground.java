package io.weir.launcher.serve;

import io.weir.launcher.config.Exposure;
import io.weir.launcher.config.ServeConfig;
import java.io.PrintStream;
import java.time.Duration;

/** Runs a server as the process's whole purpose, until a signal ends it. */
public final class Foreground {
    /** Beyond this a stop is given up: the log is durable, and whoever stops the process will not wait for ever. */
    private static final Duration STOP_AT_MOST = Duration.ofSeconds(25);

    private Foreground() {}

    /**
     * Returns once the server has stopped.
     *
     * @param out gets one line, when the server is ready
     * @param err gets what an operator should know
     */
    public static void serve(ServeConfig config, PrintStream out, PrintStream err) throws InterruptedException {
        serve(config, Pace.STANDARD, out, err);
    }

    static void serve(ServeConfig config, Pace pace, PrintStream out, PrintStream err) throws InterruptedException {
        Server server = Server.start(RoleConfigs.of(config, pace));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        err.println(
                config.listen().exposure() == Exposure.LOOPBACK
                        ? "weir: there are no credentials yet, so it listens on loopback only"
                        : "weir: insecure: whoever can connect may read and write everything");
        out.println("ready " + server.description() + " data=" + config.dataDir());
        out.flush();
        server.awaitClose();
    }

    private static void stop(Server server) {
        Thread closer = Thread.ofPlatform().daemon().name("close").start(server::close);
        try {
            closer.join(STOP_AT_MOST);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
