package io.weir.launcher.serve;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been opened, to be closed in the reverse order.
 *
 * <p>Threading: opened by one thread; {@link #close} by any, once.
 */
final class OpenParts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenParts.class);

    private final Deque<Part> parts = new ArrayDeque<>();

    synchronized <T extends AutoCloseable> T add(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    /** Closes every part, whatever becomes of the others. */
    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.closeable.close();
            } catch (Exception failed) {
                LOG.atWarn().addKeyValue("part", part.name).setCause(failed).log("A part did not close in order");
            }
        }
    }

    private record Part(String name, AutoCloseable closeable) {}
}
