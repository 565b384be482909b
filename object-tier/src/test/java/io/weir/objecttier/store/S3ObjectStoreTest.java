package io.weir.objecttier.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.objecttier.s3.S3Config;
import io.weir.objecttier.s3.S3ObjectStore;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against an S3 server in this process, which keeps its objects in files. */
class S3ObjectStoreTest extends ObjectStoreContract {
    private static final String BUCKET = "weir";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private static Path directory;

    private static @Nullable S3Proxy proxy;
    private static int stores;

    @BeforeAll
    static void startServer() throws Exception {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "secret");
        Files.createDirectories(directory.resolve(BUCKET));
        S3Proxy started = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "local", "secret")
                .build();
        started.start();
        proxy = started;
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (proxy != null) {
            proxy.stop();
        }
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @Override
    protected ObjectStore openEmpty() {
        // A prefix of its own makes each store empty.
        return open(BUCKET, "test/" + stores++);
    }

    private static ObjectStore open(String bucket, String prefix) {
        if (proxy == null) {
            throw new IllegalStateException("The server was not started");
        }
        URI endpoint = URI.create("http://127.0.0.1:" + proxy.getPort());
        return new S3ObjectStore(new S3Config(bucket, prefix, Optional.of(endpoint), "us-east-1", true));
    }

    @Test
    void takesAMissingBucketForAFailureThatMayPass() {
        try (ObjectStore store = open("nowhere", "")) {
            assertThatThrownBy(() -> await(store.read(new ObjectKey("a"), 0, 1)))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            failure -> assertThat(failure.code()).isEqualTo(FailureCode.OBJECT_STORE_UNAVAILABLE));
        }
    }

    @Test
    void refusesWhatReachesItsClientOnlyAfterItWasClosed() throws InterruptedException {
        // Given a change that has passed every check of the store and has not begun to send
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        List<ByteBuffer> content = new AbstractList<>() {
            @Override
            public ByteBuffer get(int index) {
                begun.countDown();
                awaitUninterruptibly(closed);
                return ByteBuffer.allocate(1);
            }

            @Override
            public int size() {
                return 1;
            }
        };
        ObjectStore store = openEmpty();
        CompletableFuture<Boolean> creating = store.create(new ObjectKey("a"), content);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        // When the store is closed without time for it
        Thread.currentThread().interrupt();
        store.close();
        assertThat(Thread.interrupted()).isTrue();
        closed.countDown();

        // Then
        assertThatThrownBy(() -> await(creating))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.SHUTTING_DOWN));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                if (!latch.await(30, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("The store was not closed within 30 s");
                }
                break;
            } catch (InterruptedException ended) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
