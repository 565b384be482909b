package io.weir.launcher.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before an HTTP service and lets everything through, or answers each request with 503 while it is told to.
 *
 * <p>Threading: two virtual threads for each connection; {@link #fail} from any thread.
 */
final class FaultProxy implements AutoCloseable {
    private static final byte[] SLOW_DOWN = String.join(
                    "\r\n", "HTTP/1.1 503 Slow Down", "Content-Length: 0", "Connection: close", "", "")
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean failing;

    FaultProxy(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    String endpoint() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** From now on every request is answered with 503, or none is. */
    void fail(boolean fail) {
        failing = fail;
        open.forEach(FaultProxy::closeQuietly);
    }

    /** How many requests were answered with 503. */
    long refused() {
        return refused.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            if (failing) {
                refuse(client);
                return;
            }
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
                open.add(server);
                Thread back = Thread.ofVirtual().start(() -> copy(server, client));
                copy(client, server);
                back.join();
                open.remove(server);
            }
        } catch (IOException broken) {
            // What a fault looks like to either side.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void refuse(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        int newlines = 0;
        while (newlines < 2) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            newlines = next == '\n' ? newlines + 1 : next == '\r' ? newlines : 0;
        }
        refused.incrementAndGet();
        client.getOutputStream().write(SLOW_DOWN);
        client.shutdownOutput();
        in.skipNBytes(in.available());
    }

    private static void copy(Socket from, Socket to) {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException broken) {
            // Either side has gone.
        } finally {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // Closed is closed.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(FaultProxy::closeQuietly);
    }
}
