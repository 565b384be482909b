package io.weir.launcher.e2e;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** A connection on which a test may say anything, well-formed or not. */
final class RawClient implements AutoCloseable {
    private final Socket socket;

    RawClient(int port) throws IOException {
        this(InetAddress.getLoopbackAddress().getHostAddress(), port);
    }

    RawClient(String host, int port) throws IOException {
        socket = new Socket(host, port);
        socket.setTcpNoDelay(true);
    }

    /** Sends bytes as they are. */
    void send(byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
        out.flush();
    }

    /** Sends a frame: a length and so many bytes. */
    void sendFrame(byte[] content) throws IOException {
        send(ByteBuffer.allocate(4 + content.length)
                .putInt(content.length)
                .put(content)
                .array());
    }

    /**
     * The next answer; empty if the server closed the connection.
     *
     * @throws java.net.SocketTimeoutException if it does neither within the limit
     */
    Optional<byte[]> answer(Duration limit) throws IOException {
        socket.setSoTimeout((int) limit.toMillis());
        DataInputStream in = new DataInputStream(socket.getInputStream());
        try {
            byte[] content = new byte[in.readInt()];
            in.readFully(content);
            return Optional.of(content);
        } catch (EOFException closed) {
            return Optional.empty();
        } catch (java.net.SocketException reset) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
