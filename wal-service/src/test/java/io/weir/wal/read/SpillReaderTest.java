package io.weir.wal.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.read.StoredBatches;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.wal.duty.Duty;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.tail.Tail.SpilledBatch;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SpillReaderTest {
    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final SpillReader spill = new SpillReader(
            new LogReader(consensus.open("wal-0", new ShardMachine(new ShardId(0), 1 << 20))), () -> {});

    @Test
    void refusesOneReadMoreThanMayWait() {
        List<CompletableFuture<List<StoredBatches>>> waiting = new ArrayList<>();
        for (int i = 0; i < SpillReader.MAX_WAITING; i++) {
            waiting.add(spill.read(List.of()));
        }

        CompletableFuture<List<StoredBatches>> oneMore = spill.read(List.of());

        assertThat(((ServiceException) oneMore.exceptionNow()).code()).isEqualTo(FailureCode.OVERLOADED);
        assertThat(waiting).allSatisfy(read -> assertThat(read).isNotDone());
        for (int i = 0; i < SpillReader.MAX_WAITING; i++) {
            assertThat(spill.work(0)).isZero();
        }
        assertThat(waiting).allSatisfy(read -> assertThat(read).isCompleted());
        assertThat(spill.work(0)).isEqualTo(Duty.UNTIL_SIGNALLED);
    }

    @Test
    void failsWhatWaitsWhenItIsClosed() {
        CompletableFuture<List<StoredBatches>> waiting = spill.read(List.of());

        spill.close();

        assertThat(((ServiceException) waiting.exceptionNow()).code()).isEqualTo(FailureCode.SHUTTING_DOWN);
    }

    @Test
    void failsWhatComesOnceItIsClosed() {
        spill.close();
        assertThat(((ServiceException) spill.read(List.of()).exceptionNow()).code())
                .isEqualTo(FailureCode.SHUTTING_DOWN);
    }

    @Test
    void failsAReadThatComesToAnError() {
        // Given
        CompletableFuture<List<StoredBatches>> failing = spill.read(new AbstractList<>() {
            @Override
            public SpilledBatch get(int index) {
                throw new OutOfMemoryError("unable to create native thread: asked for by the test");
            }

            @Override
            public int size() {
                return 1;
            }
        });
        CompletableFuture<List<StoredBatches>> next = spill.read(List.of());

        // When
        assertThat(spill.work(0)).isZero();
        assertThat(spill.work(0)).isZero();

        // Then
        assertThat(((ServiceException) failing.exceptionNow()).code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(next).isCompleted();
    }
}
