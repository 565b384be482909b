package io.weir.s3;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.InstantSource;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/**
 * Serves the local table store as an S3 bucket on loopback.
 *
 * <p>Threading: {@link #start} and {@link #close} block; requests are served on threads of its own. Durability: what a
 * client has put is on disk, and visible whole, before the client is answered.
 */
public final class S3Endpoint implements AutoCloseable {
    private static final int STOP_MILLIS = 2_000;

    /** Beside those that serve requests: one accepts connections, one waits for what they send. */
    private static final int NETWORK_THREADS = 3;

    private final S3Proxy server;
    private final S3EndpointConfig config;

    private S3Endpoint(S3Proxy server, S3EndpointConfig config) {
        this.server = server;
        this.config = config;
    }

    /**
     * Makes the directory if it is not there, and listens. Costs about a second of CPU.
     *
     * @throws IOException when the directory cannot be used or the port is taken
     */
    public static S3Endpoint start(S3EndpointConfig config) throws IOException {
        Files.createDirectories(config.directory());
        S3Proxy server = S3Proxy.builder()
                .blobStore(TableBucket.open(config, InstantSource.system()))
                .endpoint(URI.create("http://" + host(config) + ":" + config.port()))
                .awsAuthentication(AuthenticationType.AWS_V4, config.accessKey(), config.secretKey())
                .jettyMaxThreads(S3EndpointConfig.MAX_REQUESTS + NETWORK_THREADS)
                .v4MaxNonChunkedRequestSize(S3EndpointConfig.MAX_SIGNED_BODY_BYTES)
                .v4MaxChunkSize(S3EndpointConfig.MAX_CHUNK_BYTES)
                .maxSinglePartObjectSize(S3EndpointConfig.MAX_PUT_BYTES)
                // Clients send headers of their own, such as the SDK's about retries.
                .ignoreUnknownHeaders(true)
                .stopTimeout(STOP_MILLIS)
                .build();
        try {
            server.start();
        } catch (IOException failed) {
            throw failed;
        } catch (Exception failed) {
            throw new IOException("Cannot listen on " + host(config) + ":" + config.port() + ": " + failed, failed);
        }
        return new S3Endpoint(server, config);
    }

    /** The port it listens on. */
    public int port() {
        return server.getPort();
    }

    /** Where clients find it. */
    public URI uri() {
        return URI.create("http://" + host(config) + ":" + port());
    }

    private static String host(S3EndpointConfig config) {
        String host = config.address().getHostAddress();
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (Exception failed) {
            throw new IllegalStateException("The S3 endpoint did not stop", failed);
        }
    }
}
