package io.weir.testsupport.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Loopback ports that nobody listens on. They lie below those that Linux draws for outgoing connections: one of these
 * would take the port of a server that a test has killed and is about to start again.
 */
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int AFTER_LAST = 32_000;
    private static final int ATTEMPTS = 100;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /** Drawn by chance, so that tests that run at the same time do not meet; none twice in one process. */
    public static int next() {
        return ThreadLocalRandom.current()
                .ints(ATTEMPTS, FIRST, AFTER_LAST)
                .filter(port -> isFree(port) && GIVEN.add(port))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No free port from " + FIRST + " to " + (AFTER_LAST - 1)));
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
