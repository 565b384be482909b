package io.weir.launcher.e2e;

import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a client test talks to: a Weir of its own, or with {@code -Dweir.e2e.bootstrap=HOST:PORT} a broker that runs
 * already, such as Apache Kafka's, which proves that a test asks for nothing that Kafka would not do.
 */
final class Broker implements AutoCloseable {
    private final String bootstrap;
    private final @Nullable ServerProcess server;

    private Broker(String bootstrap, @Nullable ServerProcess server) {
        this.bootstrap = bootstrap;
        this.server = server;
    }

    static Broker start(String name, Path dataDirectory, String... options) {
        String foreign = System.getProperty("weir.e2e.bootstrap", "");
        if (!foreign.isEmpty()) {
            return new Broker(foreign, null);
        }
        ServerProcess server = Weir.server(name, dataDirectory, options).start();
        return new Broker(server.bootstrap(), server);
    }

    String bootstrap() {
        return bootstrap;
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
