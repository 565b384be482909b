package io.weir.testsupport.cell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellAppend.Appended;
import io.weir.contracts.cell.CellAppend.Fenced;
import io.weir.contracts.cell.CellAppend.Unknown;
import io.weir.contracts.cell.CellAppend.WrongPosition;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.cell.MemoryCellStore.Failure;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemoryCellStoreTest {
    private static final CellId CELL = new CellId(7);
    private static final NodeId NODE = new NodeId(1);

    private final MemoryCellStore store = new MemoryCellStore();
    private final Epoch epoch = store.acquire(CELL, NODE).join().orElseThrow();

    @Test
    void keepsTheLastValueOfEachKeyInOrderOfWriting() {
        append(0, write("a", "1"), write("b", "2"), write("c", "3"));
        append(3, write("a", "4"), write("b", null));

        var contents = store.load(CELL, epoch).join();

        assertThat(contents.records()).containsExactly(write("c", "3"), write("a", "4"));
        assertThat(contents.nextPosition()).isEqualTo(5);
    }

    @Test
    void refusesAFormerOwner() {
        store.expire(NODE);
        assertThat(store.acquire(CELL, new NodeId(2)).join()).isPresent();

        assertThat(append(0, write("a", "1"))).isEqualTo(new Fenced());
        assertThat(store.load(CELL, epoch)).isCompletedExceptionally();
        assertThat(store.acquire(CELL, NODE).join()).isEmpty();
    }

    @Test
    void failsEverythingBehindAFailureUntilLoaded() {
        store.failNextAppends(Failure.UNKNOWN_DONE);

        assertThat(append(0, write("a", "1"))).isInstanceOf(Unknown.class);
        assertThat(append(1, write("b", "1"))).isEqualTo(new WrongPosition(1));
        assertThat(store.load(CELL, epoch).join().nextPosition()).isEqualTo(1);
        assertThat(append(1, write("b", "1"))).isEqualTo(new Appended(2));
    }

    @Test
    void losesWhatItWasToldToLose() {
        store.failNextAppends(Failure.UNKNOWN_LOST, Failure.FENCED, Failure.WRONG_POSITION, Failure.UNREACHABLE);

        assertThat(append(0, write("a", "1"))).isInstanceOf(Unknown.class);
        assertThat(append(0, write("a", "1"))).isEqualTo(new Fenced());
        assertThat(append(0, write("a", "1"))).isInstanceOf(WrongPosition.class);
        assertThatThrownBy(() -> append(0, write("a", "1"))).hasCauseInstanceOf(ServiceException.class);
        assertThat(store.load(CELL, epoch).join().nextPosition()).isZero();
    }

    @Test
    void takesNoMoreKeysThanItIsTold() {
        append(0, write("a", "1"), write("b", "1"));
        store.boundKeys(1);

        assertThatThrownBy(() -> append(2, write("c", "1"))).isInstanceOf(ServiceException.class);
        assertThat(append(2, write("a", "2"))).isEqualTo(new Appended(3));
        assertThat(append(3, write("a", null), write("c", "1"))).isEqualTo(new Appended(5));
    }

    @Test
    void answersALoadWhenItIsTold() {
        append(0, write("a", "1"));
        MemoryCellStore.HeldLoad first = store.holdNextLoad(CELL);
        var held = store.load(CELL, epoch);
        append(1, write("b", "1"));
        assertThat(first.asked()).isCompleted();
        assertThat(held).isNotDone();
        assertThat(store.load(CELL, epoch)).as("the next").isCompleted();

        first.release();

        assertThat(held.join().records()).containsExactly(write("a", "1"));
        MemoryCellStore.HeldLoad second = store.holdNextLoad(CELL);
        var failed = store.load(CELL, epoch);
        second.fail();
        assertThat(failed).isCompletedExceptionally();
    }

    @Test
    void holdsCompletionsBack() {
        store.hold();
        CompletableFuture<CellAppend> first = store.append(CELL, epoch, 0, List.of(write("a", "1")));
        CompletableFuture<CellAppend> second = store.append(CELL, epoch, 1, List.of(write("a", "2")));
        assertThat(first).isNotDone();
        assertThat(store.heldBack()).isEqualTo(2);

        store.release();

        assertThat(first).isCompletedWithValue(new Appended(1));
        assertThat(second).isCompletedWithValue(new Appended(2));
    }

    @Test
    void refusesAnAppendAboveTheBound() {
        ByteBuffer largest = ByteBuffer.allocate(CellStore.MAX_APPEND_BYTES - 1);
        ByteBuffer tooLarge = ByteBuffer.allocate(CellStore.MAX_APPEND_BYTES);

        assertThat(append(0, new CellRecord(bytes("k"), largest))).isEqualTo(new Appended(1));
        assertThatThrownBy(() -> append(1, new CellRecord(bytes("k"), tooLarge)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private CellAppend append(long position, CellRecord... records) {
        return store.append(CELL, epoch, position, List.of(records)).join();
    }

    private static CellRecord write(String key, @Nullable String value) {
        return new CellRecord(bytes(key), value == null ? null : bytes(value));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
