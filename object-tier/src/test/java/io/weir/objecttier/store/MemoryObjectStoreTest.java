package io.weir.objecttier.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.testsupport.object.MemoryObjectStore;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MemoryObjectStoreTest extends ObjectStoreContract {
    private static final ObjectKey KEY = new ObjectKey("k");
    private static final List<ByteBuffer> ONE_BYTE = List.of(ByteBuffer.wrap(new byte[] {1}));

    @Override
    protected ObjectStore openEmpty() {
        return new MemoryObjectStore();
    }

    @Test
    void failsAsManyCallsAsItWasToldTo() {
        MemoryObjectStore store = new MemoryObjectStore();
        store.failNext(1, Operation.CREATE);

        assertThat(store.create(KEY, ONE_BYTE)).isCompletedExceptionally();
        assertThat(store.objects()).isEmpty();
        assertThat(store.create(KEY, ONE_BYTE)).isCompletedWithValue(true);
    }

    @Test
    void doesTheWorkAndLosesTheAnswer() {
        MemoryObjectStore store = new MemoryObjectStore();
        store.loseAnswers(1, Operation.CREATE);

        assertThat(store.create(KEY, ONE_BYTE)).isCompletedExceptionally();
        assertThat(store.objects()).containsExactly(KEY);
    }

    @Test
    void stormsUntilCalm() {
        MemoryObjectStore store = new MemoryObjectStore();
        store.storm();

        assertThat(store.size(KEY)).isCompletedExceptionally();
        store.calm();
        assertThat(store.size(KEY)).isCompleted();
    }

    @Test
    void holdsCallsUntilLetGo() {
        MemoryObjectStore store = new MemoryObjectStore();
        store.hold(Operation.CREATE);

        CompletableFuture<Boolean> creation = store.create(KEY, ONE_BYTE);

        assertThat(creation).isNotDone();
        store.letGo();
        assertThat(creation).isCompletedWithValue(true);
    }
}
