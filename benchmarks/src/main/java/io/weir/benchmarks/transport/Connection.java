package io.weir.benchmarks.transport;

import java.nio.ByteBuffer;

/**
 * A client and a server of one transport, connected over loopback: each message is answered once, in order, by eight
 * bytes.
 *
 * <p>Threading: one thread sends.
 */
interface Connection extends AutoCloseable {
    /** Sends a message; it must not change before it is answered. */
    void send(ByteBuffer message);

    @Override
    void close();
}
