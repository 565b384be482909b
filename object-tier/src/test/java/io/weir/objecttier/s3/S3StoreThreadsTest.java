package io.weir.objecttier.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class S3StoreThreadsTest {
    private static final S3Config CONFIG =
            new S3Config("weir", "", Optional.of(URI.create("http://127.0.0.1:1")), "us-east-1", true);

    @Test
    void callsForWhichNoThreadCanBeMadeFailAndLeaveRoomForOthers() {
        // Given
        AtomicInteger asked = new AtomicInteger();
        try (S3ObjectStore store = new S3ObjectStore(CONFIG, work -> {
            asked.incrementAndGet();
            throw new OutOfMemoryError("unable to create native thread: asked for by the test");
        })) {
            // When one call more comes than may wait
            for (int i = 0; i <= S3ObjectStore.MAX_WAITING; i++) {
                CompletableFuture<Optional<Long>> failed = store.size(new ObjectKey("a"));

                // Then
                assertThat(((ServiceException) failed.exceptionNow()).code())
                        .isEqualTo(FailureCode.OBJECT_STORE_UNAVAILABLE);
            }
            assertThat(asked).hasValue(S3ObjectStore.MAX_WAITING + 1);
        }
    }
}
