package io.weir.consensus.ratis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Passes on what is sent to a port of its own, until its connections are told to be dead: whatever either side sends by
 * them is lost from then on, and neither is told. New ones work.
 *
 * <p>Threading: two virtual threads for each connection; {@link #lose} from any thread.
 */
final class Relay implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger losses = new AtomicInteger();

    Relay(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** All connections that there are now are dead. */
    void lose() {
        losses.incrementAndGet();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket caller = listener.accept();
                Socket called = new Socket(InetAddress.getLoopbackAddress(), target);
                int now = losses.get();
                Thread.ofVirtual().start(() -> pass(caller, called, now));
                Thread.ofVirtual().start(() -> pass(called, caller, now));
                open.add(caller);
                open.add(called);
            } catch (IOException nobodyListens) {
                // The caller learns that from its connection, which is closed with the relay.
            }
        }
    }

    private void pass(Socket from, Socket to, int begun) {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (losses.get() == begun) {
                    out.write(buffer, 0, n);
                }
            }
            to.shutdownOutput();
        } catch (IOException broken) {
            // Either side has gone.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
