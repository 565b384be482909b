package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Garbage, huge numbers, half-open connections and readers that never read: memory stays bounded, others go on. */
@Tag("e2e")
class BadInputTest {
    private static final long SEED = Long.getLong("weir.fuzz.seed", 20_261_121);
    private static final int MUTATIONS = 4_000;
    private static final int PER_CONNECTION = 10;
    private static final int HALF_OPEN = 5_000;
    private static final long MOST_RESIDENT_BYTES = 1L << 30;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String TOPIC = "bystander";

    @TempDir
    static Path directory;

    private static final Ledger LEDGER = new Ledger();

    @SuppressWarnings("NullAway.Init")
    private static ServerProcess server;

    @SuppressWarnings("NullAway.Init")
    private static Load bystanders;

    @BeforeAll
    static void start() throws Exception {
        server = Weir.server("bad-input", directory.resolve("data")).start();
        try (Topics topics = new Topics(server.bootstrap())) {
            topics.create(TOPIC, 2);
            topics.create(TOPIC + "-other", 1);
        }
        bystanders = new Load(server.bootstrap(), TOPIC, 2, LEDGER);
        bystanders.produce(1, 300);
        bystanders.consume("bystanders");
    }

    @AfterAll
    static void stop() throws Exception {
        try (ServerProcess last = server) {
            bystanders.stop();
            assertThat(Verification.verify(last.bootstrap(), TOPIC, LEDGER.acknowledged()))
                    .isEqualTo(LEDGER.records());
            assertThat(bystanders.unacknowledged()).isZero();
        }
    }

    /** After each mistreatment the others still write and read, and the server has not grown. */
    @AfterEach
    void othersAreUnaffected() throws Exception {
        long written = LEDGER.records();
        long read = total(LEDGER.committed());
        Await.until("others write", LIMIT, () -> LEDGER.records() > written + 100);
        Await.until("others read", LIMIT, () -> total(LEDGER.committed()) > read + 100);
        bystanders.check();
        assertThat(server.isAlive()).isTrue();
        assertThat(server.residentBytes()).isLessThan(MOST_RESIDENT_BYTES);
    }

    private static long total(Map<Integer, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    @Test
    void mutatedFramesAreAnsweredOrEndTheirConnection() throws Exception {
        System.out.println("bad input: seed " + SEED);
        Random random = new Random(SEED);
        List<byte[]> requests = new ArrayList<>(Requests.valid(TOPIC).values());
        for (int sent = 0; sent < MUTATIONS; sent += PER_CONNECTION) {
            try (RawClient client = new RawClient(server.kafkaPort())) {
                for (int i = 0; i < PER_CONNECTION; i++) {
                    client.send(mutated(random, requests.get(random.nextInt(requests.size()))));
                }
            } catch (SocketException closedOnUs) {
                // That is one of the two right answers.
            }
        }
    }

    private static byte[] mutated(Random random, byte[] request) {
        byte[] frame = ByteBuffer.allocate(4 + request.length)
                .putInt(request.length)
                .put(request)
                .array();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(10) == 0 ? random.nextInt(4) : 4 + random.nextInt(request.length);
            frame[at] = switch (random.nextInt(3)) {
                case 0 -> (byte) 0xff;
                case 1 -> 0x7f;
                default -> (byte) random.nextInt(256);
            };
        }
        return random.nextInt(8) == 0 ? java.util.Arrays.copyOf(frame, random.nextInt(frame.length)) : frame;
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 3, 200 << 20})
    void aFrameOfAnImpossibleLengthEndsItsConnection(int length) throws IOException {
        try (RawClient client = new RawClient(server.kafkaPort())) {
            client.send(ByteBuffer.allocate(4 + 3).putInt(length).array());
            assertThat(client.answer(LIMIT)).isEmpty();
        }
    }

    @Test
    void everyNumberAtItsMaximumIsAnsweredOrEndsItsConnection() throws Exception {
        TreeMap<String, byte[]> requests = new TreeMap<>(Requests.withLargestNumbers(TOPIC));
        for (Map.Entry<String, byte[]> request : requests.entrySet()) {
            try (RawClient client = new RawClient(server.kafkaPort())) {
                client.sendFrame(request.getValue());
                if (!request.getKey().endsWith("(waits)")) {
                    assertThat(client.answer(LIMIT))
                            .as(request.getKey())
                            .satisfiesAnyOf(
                                    answer -> assertThat(answer).isEmpty(),
                                    answer -> assertThat(answer)
                                            .hasValueSatisfying(
                                                    bytes -> assertThat(bytes).hasSizeLessThan(32 << 20)));
                }
            }
        }
    }

    @Test
    void fiveThousandHalfOpenConnectionsCostLittle() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < HALF_OPEN; i++) {
                RawClient client = new RawClient(server.kafkaPort());
                clients.add(client);
                client.send(new byte[] {0, 0});
            }
            othersAreUnaffected();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        Await.until("their descriptors are given back", LIMIT, () -> server.fileDescriptors() < 1_000);
    }

    @Test
    void readersThatNeverReadCostLittle() throws Exception {
        byte[] fetch = Requests.fetchFromTheBeginning(TOPIC);
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(server.kafkaPort());
                clients.add(client);
                Thread.ofVirtual().start(() -> sendForEver(client, fetch));
            }
            othersAreUnaffected();
            othersAreUnaffected();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private static void sendForEver(RawClient client, byte[] request) {
        try {
            while (true) {
                client.sendFrame(request);
            }
        } catch (IOException closed) {
            // The server or the test has had enough.
        }
    }
}
