package io.weir.testsupport.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Loopback ports that nobody listens on, nor is about to: a server that a test has killed, or starts in a moment, does
 * not listen on its own either. Each port is given once, to one process of this user, until that ends: a byte of a file
 * is locked for it. They lie below those that Linux draws for outgoing connections.
 */
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int AFTER_LAST = 32_000;
    private static final int ATTEMPTS = 100;
    private static final Map<Integer, FileLock> GIVEN = new HashMap<>();
    /** Never closed: with it a process would lose all its locks. */
    private static final FileChannel LOCKS = locks();

    private FreePorts() {}

    private static FileChannel locks() {
        Path file = Path.of(System.getProperty("java.io.tmpdir"), "weir-test-ports-" + System.getProperty("user.name"));
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Drawn by chance; none twice. */
    public static int next() {
        return ThreadLocalRandom.current()
                .ints(ATTEMPTS, FIRST, AFTER_LAST)
                .filter(port -> isGivenNow(port) && isFree(port))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No free port from " + FIRST + " to " + (AFTER_LAST - 1)));
    }

    private static synchronized boolean isGivenNow(int port) {
        if (GIVEN.containsKey(port)) {
            return false;
        }
        try {
            FileLock lock = LOCKS.tryLock(port, 1, false);
            if (lock != null) {
                GIVEN.put(port, lock);
            }
            return lock != null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
