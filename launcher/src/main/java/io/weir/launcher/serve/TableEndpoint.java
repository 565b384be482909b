package io.weir.launcher.serve;

import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.ObjectStoreLocation;
import io.weir.launcher.config.ServeConfig;
import io.weir.s3.S3Endpoint;
import io.weir.s3.S3EndpointConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The S3 endpoint of a table store in a directory, which starts while other things do.
 *
 * <p>Threading: any thread; {@link #address} waits for the start.
 */
final class TableEndpoint implements AutoCloseable {
    /** The name of the only bucket. */
    static final String BUCKET = "weir";

    /** What requests are signed with; no secret, since only this machine can send any. */
    static final String ACCESS_KEY = "weir";

    static final String SECRET_KEY = "weir-local";

    private final CompletableFuture<S3Endpoint> starting;
    private final HostPort listen;

    private TableEndpoint(CompletableFuture<S3Endpoint> starting, HostPort listen) {
        this.starting = starting;
        this.listen = listen;
    }

    /** Whether there is one: not without tables, nor for those in a bucket, nor where nobody asks for any. */
    static boolean isWanted(ServeConfig config) {
        return config.tables().enabled()
                && config.roles().servesTables()
                && config.tables().store() instanceof ObjectStoreLocation.LocalFiles;
    }

    /** Begins to start it, if it {@linkplain #isWanted is wanted}. */
    static Optional<TableEndpoint> begin(ServeConfig config) {
        if (!isWanted(config) || !(config.tables().store() instanceof ObjectStoreLocation.LocalFiles(var directory))) {
            return Optional.empty();
        }
        HostPort listen = config.listen().s3();
        return Optional.of(new TableEndpoint(
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return S3Endpoint.start(new S3EndpointConfig(
                                        config.cluster().node(),
                                        directory,
                                        BUCKET,
                                        InetAddress.getByName(listen.host()),
                                        listen.port(),
                                        ACCESS_KEY,
                                        SECRET_KEY));
                            } catch (IOException failed) {
                                throw new PortInUseException("s3-listen " + listen + ": " + failed.getMessage());
                            }
                        },
                        task -> Thread.ofPlatform().name("start-s3").start(task)),
                listen));
    }

    /** Where it listens. */
    HostPort address() {
        try {
            return listen.withPort(starting.join().port());
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
        }
    }

    @Override
    public void close() {
        starting.thenAccept(S3Endpoint::close).join();
    }
}
