package io.weir.admin;

import io.weir.contracts.http.HttpResource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * The resources of other modules, by their prefix, and how many requests to them, and bytes of their bodies, there may
 * be at once.
 *
 * <p>Threading: any thread.
 */
final class Mounted {
    /** Requests to all resources that are answered at a time. */
    static final int MAX_REQUESTS = 64;

    /** Bytes of all bodies that are being received or answered. */
    static final int MAX_BYTES = 64 << 20;

    private final Map<String, HttpResource> byPrefix = new ConcurrentHashMap<>();
    private final Semaphore free = new Semaphore(MAX_REQUESTS);
    private final Semaphore freeBytes = new Semaphore(MAX_BYTES);

    void add(HttpResource resource) {
        String prefix = resource.prefix();
        if (!prefix.matches("/[a-z0-9-]+")) {
            throw new IllegalArgumentException("Illegal prefix '" + prefix + "'");
        }
        if (resource.maxBodyBytes() > AdminServer.MAX_BODY_BYTES) {
            throw new IllegalArgumentException("Illegal largest body of " + prefix + ": " + resource.maxBodyBytes()
                    + " bytes are more than " + AdminServer.MAX_BODY_BYTES);
        }
        if (byPrefix.putIfAbsent(prefix, resource) != null) {
            throw new IllegalArgumentException("There is a resource at " + prefix + " already");
        }
    }

    /** The resource that a path is below. */
    Optional<HttpResource> at(String path) {
        int end = path.indexOf('/', 1);
        return Optional.ofNullable(byPrefix.get(end < 0 ? path : path.substring(0, end)));
    }

    /** Returns whether one more request may be answered; {@link #end} is called once it is. */
    boolean begin() {
        return free.tryAcquire();
    }

    void end() {
        free.release();
    }

    /** Returns whether a body of so many bytes may be received; {@link #giveBack} is called once it is answered. */
    boolean claim(int bytes) {
        return freeBytes.tryAcquire(bytes);
    }

    void giveBack(int bytes) {
        freeBytes.release(bytes);
    }
}
