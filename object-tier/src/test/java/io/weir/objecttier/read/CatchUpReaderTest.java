package io.weir.objecttier.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.SegmentView;
import io.weir.testsupport.object.MemoryObjectStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class CatchUpReaderTest {
    @Test
    void readsForWhichNoThreadCanBeMadeFailAndLeaveRoomForOthers() {
        // Given room for one
        AtomicBoolean isShort = new AtomicBoolean(true);
        ReadBudget budget = new ReadBudget(1, 1000, 1);
        SegmentObjects objects =
                new SegmentObjects(new MemoryObjectStore(), budget, 1000, 1000, new SimpleMeterRegistry());
        CatchUpReader reader = new CatchUpReader(objects, 0, 1, work -> {
            if (isShort.get()) {
                throw new OutOfMemoryError("unable to create native thread: asked for by the test");
            }
            return Thread.ofVirtual().unstarted(work);
        });

        // When
        for (int i = 0; i < 2; i++) {
            CompletableFuture<List<StoredBatches>> failed = read(reader);

            // Then
            assertThat(((ServiceException) failed.exceptionNow()).code()).isEqualTo(FailureCode.OVERLOADED);
        }
        isShort.set(false);
        for (int i = 0; i < 2; i++) {
            assertThat(read(reader).orTimeout(30, TimeUnit.SECONDS).join()).isEmpty();
        }
    }

    private static CompletableFuture<List<StoredBatches>> read(CatchUpReader reader) {
        return reader.read(SegmentView.empty(new ShardId(0)), new StreamId(1), new OffsetRange(0, 1), 1);
    }
}
