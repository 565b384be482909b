package io.weir.s3;

import io.weir.contracts.identity.NodeId;
import java.net.InetAddress;
import java.nio.file.Path;

/**
 * Where an {@link S3Endpoint} listens and what it serves.
 *
 * @param node whose unfinished uploads are this process's to forget: several nodes may share the directory
 * @param directory the local table store, which is the bucket
 * @param bucket the bucket's name; there is no other
 * @param address loopback only: the credentials are no secret
 * @param port 0 for any that is free
 * @param accessKey what clients sign with
 * @param secretKey what clients sign with
 */
public record S3EndpointConfig(
        NodeId node, Path directory, String bucket, InetAddress address, int port, String accessKey, String secretKey) {
    /** Requests served at a time; more wait in their connections. */
    public static final int MAX_REQUESTS = 16;

    /** Of a body whose signature covers its digest, and which is therefore held in memory until it is checked. */
    public static final int MAX_SIGNED_BODY_BYTES = 32 << 20;

    /** Of one signed chunk of a body that comes in chunks. */
    public static final int MAX_CHUNK_BYTES = 4 << 20;

    /** Of an object that is not put in parts; parts may be as big. */
    public static final long MAX_PUT_BYTES = 5L << 30;

    /** Parts of one object. */
    public static final int MAX_PARTS = 10_000;

    /** Objects that are being put in parts at a time. */
    public static final int MAX_UPLOADS = 1_000;

    public S3EndpointConfig {
        directory = directory.toAbsolutePath().normalize();
        if (directory.getParent() == null) {
            throw new IllegalArgumentException("Illegal directory " + directory + ": it must have one above it");
        }
        if (!bucket.matches("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")) {
            throw new IllegalArgumentException("Illegal bucket '" + bucket + "'");
        }
        if (!address.isLoopbackAddress()) {
            throw new IllegalArgumentException("Illegal address " + address + ": it must be loopback");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("Illegal port " + port + ": 0 to 65535");
        }
        if (accessKey.isBlank() || secretKey.isBlank()) {
            throw new IllegalArgumentException("Access key and secret key must not be blank");
        }
    }
}
