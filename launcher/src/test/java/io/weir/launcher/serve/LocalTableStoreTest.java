package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import io.weir.objecttier.file.FileObjectStore;
import io.weir.objecttier.s3.S3Config;
import io.weir.objecttier.s3.S3ObjectStore;
import io.weir.s3.S3Endpoint;
import io.weir.s3.S3EndpointConfig;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sink's side of a local table store, which is files, and the engines' side, which is S3. */
class LocalTableStoreTest {
    private static final ObjectKey KEY =
            new ObjectKey("topics/orders/data/_timestamp_day=2026-11-21/city=New+York%2F1/a.parquet");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private ObjectStore files;

    @SuppressWarnings("NullAway.Init")
    private S3Endpoint endpoint;

    @SuppressWarnings("NullAway.Init")
    private ObjectStore s3;

    @BeforeEach
    void open() throws Exception {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "secret");
        Path tables = directory.resolve("tables");
        files = new FileObjectStore(tables, new NodeId(1));
        endpoint = S3Endpoint.start(new S3EndpointConfig(
                new NodeId(1), tables, "weir", InetAddress.getLoopbackAddress(), 0, "local", "secret"));
        s3 = new S3ObjectStore(new S3Config("weir", "", Optional.of(endpoint.uri()), "us-east-1", true));
    }

    @AfterEach
    void close() {
        s3.close();
        endpoint.close();
        files.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    private static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static ByteBuffer bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    @Test
    void enginesReadWhatTheSinkWrote() throws Exception {
        // Given
        await(files.create(KEY, List.of(bytes(100_000, 1))));

        // When
        ByteBuffer read = await(s3.read(KEY, 50_000, 50_000));

        // Then
        assertThat(read).isEqualTo(bytes(100_000, 1).slice(50_000, 50_000));
        assertThat(await(s3.size(KEY))).contains(100_000L);
        assertThat(await(s3.list("topics/", null, 10))).containsExactly(new ListedObject(KEY, 100_000));
    }

    @Test
    void theSinkReadsListsAndDeletesWhatEnginesWrote() throws Exception {
        // Given
        await(s3.create(KEY, List.of(bytes(100_000, 2))));

        // When
        ByteBuffer read = await(files.read(KEY, 0, 100_000));
        List<ListedObject> listed = await(files.list("", null, 10));
        await(files.delete(List.of(KEY)));

        // Then
        assertThat(read).isEqualTo(bytes(100_000, 2));
        assertThat(listed).containsExactly(new ListedObject(KEY, 100_000));
        assertThat(await(s3.size(KEY))).isEmpty();
    }

    @Test
    void neitherSideCreatesOverTheOther() throws Exception {
        for (int round = 0; round < 20; round++) {
            // Given
            ObjectKey key = new ObjectKey("race/" + round);
            List<CompletableFuture<Boolean>> creations = new ArrayList<>();

            // When
            creations.add(s3.create(key, List.of(bytes(1000, 3))));
            creations.add(files.create(key, List.of(bytes(2000, 4))));

            // Then
            boolean engine = await(creations.get(0));
            boolean sink = await(creations.get(1));
            assertThat(engine).isNotEqualTo(sink);
            assertThat(await(files.size(key))).contains(engine ? 1000L : 2000L);
        }
    }

    @Test
    void aStoreThatIsOpenedAgainPassesOverWhatTheEndpointHasOnItsWay() throws Exception {
        // Given
        await(s3.create(KEY, List.of(bytes(10, 5))));
        files.close();

        // When
        files = new FileObjectStore(directory.resolve("tables"), new NodeId(1));

        // Then
        assertThat(await(files.list("", null, 10))).containsExactly(new ListedObject(KEY, 10));
    }
}
