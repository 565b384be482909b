package io.weir.gateway.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.gateway.connection.Connection;
import io.weir.gateway.connection.Outgoing;
import io.weir.gateway.connection.Protocol;
import io.weir.gateway.connection.Reply;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class ListenerTest {
    private static final int MAX_CONNECTIONS = 2;
    private static final int MAX_IN_FLIGHT = 10;
    private static final byte FAILING = 66;

    private final BlockingQueue<Reply> owed = new LinkedBlockingQueue<>();
    private volatile Runnable opening = () -> {};
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Listener listener = new Listener(
            "test",
            new ListenerConfig(
                    "127.0.0.1",
                    0,
                    1,
                    MAX_CONNECTIONS,
                    1 << 20,
                    MAX_IN_FLIGHT,
                    1 << 20,
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1)),
            this::open,
            meters);

    private Protocol.Session open(Connection connection) {
        opening.run();
        return new Protocol.Session() {
            @Override
            public void received(ByteBuffer frame, Reply reply) {
                if (frame.get(0) == FAILING) {
                    throw new IllegalStateException("Fails for the test");
                }
                owed.add(reply);
            }

            @Override
            public void closed() {}
        };
    }

    @BeforeEach
    void start() {
        listener.start();
    }

    @AfterEach
    void stop() {
        listener.close();
    }

    private Socket client() throws IOException {
        Socket socket = new Socket(
                java.net.InetAddress.getLoopbackAddress(),
                listener.boundAddress().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private Reply request(Socket client) throws Exception {
        new DataOutputStream(client.getOutputStream()).write(new byte[] {0, 0, 0, 1, 7});
        Reply reply = owed.poll(20, TimeUnit.SECONDS);
        assertThat(reply).isNotNull();
        return reply;
    }

    private static boolean closed(Socket client) throws IOException {
        try {
            return client.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Test
    void closesTheFirstConnectionThatIsTooMany() throws Exception {
        try (Socket one = client();
                Socket two = client()) {
            request(one);
            request(two);
            try (Socket tooMany = client()) {
                assertThat(closed(tooMany)).isTrue();
            }
            request(one);
            assertThat(listener.connections()).isEqualTo(MAX_CONNECTIONS);
            assertThat(closedBecause("too-many")).isEqualTo(1);
        }
    }

    @Test
    void answersWhatIsOwedWhenItDrainsAndClosesThen() throws Exception {
        try (Socket client = client()) {
            // Given
            Reply first = request(client);
            Reply second = request(client);

            // When
            Thread draining = Thread.ofVirtual().start(() -> listener.drain(Duration.ofSeconds(20)));
            second.send(() -> List.of(ByteBuffer.wrap(new byte[] {2})));
            first.send(() -> List.of(ByteBuffer.wrap(new byte[] {1})));

            // Then
            DataInputStream in = new DataInputStream(client.getInputStream());
            assertThat(in.readByte()).isEqualTo((byte) 1);
            assertThat(in.readByte()).isEqualTo((byte) 2);
            assertThat(closed(client)).isTrue();
            draining.join();
            assertThat(listener.connections()).isZero();
        }
    }

    @Test
    void stopsDrainingWhenTheTimeIsOver() throws Exception {
        try (Socket client = client()) {
            request(client);
            listener.drain(Duration.ofMillis(50));
            assertThat(listener.connections()).isEqualTo(1);
        }
    }

    @Test
    void closesAConnectionThatIsAcceptedWhileItBeginsToDrain() throws Exception {
        // Given a client that was found welcome, and is not among the connections yet
        CountDownLatch atTheDoor = new CountDownLatch(1);
        CountDownLatch drained = new CountDownLatch(1);
        opening = () -> {
            atTheDoor.countDown();
            try {
                assertThat(drained.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        };
        try (Socket client = client()) {
            assertThat(atTheDoor.await(60, TimeUnit.SECONDS)).isTrue();

            // When
            listener.drain(Duration.ofMillis(50));
            drained.countDown();

            // Then
            assertThat(closed(client)).isTrue();
            assertThat(closedBecause("draining")).isEqualTo(1);
        }
    }

    @Test
    void keepsNoPlaceForAConnectionThatTheProtocolCouldNotOpen() throws Exception {
        // Given
        opening = () -> {
            throw new IllegalStateException("Fails for the test");
        };
        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            try (Socket client = client()) {
                assertThat(closed(client)).isTrue();
            }
        }
        assertThat(closedBecause("failed")).isEqualTo(MAX_CONNECTIONS);

        // When
        opening = () -> {};

        // Then there is still room for as many as before
        try (Socket one = client();
                Socket two = client()) {
            request(one);
            request(two);
            assertThat(listener.connections()).isEqualTo(MAX_CONNECTIONS);
        }
    }

    @Test
    void closesAConnectionWhoseAnswerCannotBeEncoded() throws Exception {
        try (Socket client = client()) {
            // Given
            CountDownLatch released = new CountDownLatch(1);
            Reply reply = request(client);

            // When
            reply.send(new Outgoing() {
                @Override
                public List<ByteBuffer> encode() {
                    throw new IllegalStateException("Fails for the test");
                }

                @Override
                public void written() {
                    released.countDown();
                }
            });

            // Then
            assertThat(closed(client)).isTrue();
            assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(closedBecause("failed")).isEqualTo(1);
        }
    }

    @Test
    void closesAConnectionWhoseProtocolFailsOnARequestThatHadToWait() throws Exception {
        try (Socket client = client()) {
            // Given: as many requests as may be in flight, and in the same packet one more
            ByteBuffer frames = ByteBuffer.allocate(5 * (MAX_IN_FLIGHT + 1));
            for (int i = 0; i < MAX_IN_FLIGHT; i++) {
                frames.putInt(1).put((byte) 7);
            }
            client.getOutputStream().write(frames.putInt(1).put(FAILING).array());
            Reply first = owed.poll(20, TimeUnit.SECONDS);
            assertThat(first).isNotNull();

            // When
            first.nothing();

            // Then
            assertThat(closed(client)).isTrue();
            assertThat(closedBecause("failed")).isEqualTo(1);
        }
    }

    private double closedBecause(String reason) {
        return meters.get("weir.gateway.connections.closed")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
