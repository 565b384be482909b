package io.weir.objecttier.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreThreadsTest {
    private static final ObjectKey KEY = new ObjectKey("a/b");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Test
    void callsForWhichNoThreadCanBeMadeFailAndLaterOnesDoNot() throws IOException {
        // Given
        AtomicBoolean isShort = new AtomicBoolean(true);
        try (FileObjectStore store = new FileObjectStore(directory, new NodeId(1), name -> work -> {
            if (isShort.get()) {
                throw new OutOfMemoryError("unable to create native thread: asked for by the test");
            }
            return Thread.ofPlatform().daemon().name(name).unstarted(work);
        })) {
            // When
            CompletableFuture<Boolean> creating = store.create(KEY, List.of(ByteBuffer.wrap(new byte[] {1})));
            CompletableFuture<ByteBuffer> reading = store.read(KEY, 0, 1);

            // Then
            assertThat(codeOf(creating)).isEqualTo(FailureCode.OBJECT_STORE_UNAVAILABLE);
            assertThat(codeOf(reading)).isEqualTo(FailureCode.OBJECT_STORE_UNAVAILABLE);

            // And once there are threads
            isShort.set(false);
            assertThat(store.create(KEY, List.of(ByteBuffer.wrap(new byte[] {1})))
                            .orTimeout(30, TimeUnit.SECONDS)
                            .join())
                    .isTrue();
            assertThat(store.read(KEY, 0, 1).orTimeout(30, TimeUnit.SECONDS).join())
                    .isEqualTo(ByteBuffer.wrap(new byte[] {1}));
        }
    }

    private static FailureCode codeOf(CompletableFuture<?> failed) {
        return ((ServiceException) failed.exceptionNow()).code();
    }
}
