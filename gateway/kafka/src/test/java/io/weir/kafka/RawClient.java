package io.weir.kafka;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** A client that sends what it likes. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private int correlationId;

    RawClient(int port) throws IOException {
        socket = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    static byte[] frame(AbstractRequest request, int correlationId) {
        ByteBuffer body = request.serializeWithHeader(header(request, correlationId));
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + body.remaining());
        frame.putInt(body.remaining()).put(body);
        return frame.array();
    }

    private static RequestHeader header(AbstractRequest request, int correlationId) {
        return new RequestHeader(request.apiKey(), request.version(), "raw", correlationId);
    }

    void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    int send(AbstractRequest request) throws IOException {
        int id = correlationId++;
        write(frame(request, id));
        return id;
    }

    AbstractResponse call(AbstractRequest request) throws IOException {
        int id = send(request);
        return AbstractResponse.parseResponse(receive(), header(request, id));
    }

    AbstractResponse receive(ApiKeys key, short version, int id) throws IOException {
        return AbstractResponse.parseResponse(receive(), new RequestHeader(key, version, "raw", id));
    }

    ByteBuffer receive() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** Says that nothing more will be sent; the server closes the connection then. */
    void endOfRequests() throws IOException {
        out.flush();
        socket.shutdownOutput();
    }

    /** Reads until the server closes the connection. */
    void drain() {
        byte[] window = new byte[16 << 10];
        try {
            while (in.read(window) >= 0) {}
        } catch (java.net.SocketTimeoutException stuck) {
            throw new AssertionError("The server neither answers nor closes", stuck);
        } catch (IOException reset) {
            return;
        }
    }

    /** Whether the server has closed the connection; waits for it, or for a byte. */
    boolean closedByServer() {
        try {
            return in.read() < 0;
        } catch (IOException reset) {
            return !(reset instanceof java.net.SocketTimeoutException);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
