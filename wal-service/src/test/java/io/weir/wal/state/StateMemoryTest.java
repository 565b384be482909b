package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.segment.LogRange;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StateMemoryTest {
    private static final int STREAMS = 400_000;
    private static final int PER_ENTRY = 4_000;

    @Test
    void anIdleStreamWithOneProducerCostsAtMost150Bytes() {
        // Given
        ShardState state = new ShardState(new ShardId(0));
        long index = 0;
        LogPosition at = new LogPosition(1, index++);
        state.advance(at, 1);
        state.openSession(at, new Command.OpenSession(Command.NO_SESSION, ProducerLimits.standard()));
        state.openStreams(new Command.OpenStreams(1, List.of(new StreamRange(0, 1_000_000_000, 0, TenantId.DEFAULT))));
        RecordBatch batch = Batches.batch(7, (short) 0, 0, 1, 8, 1);
        // Warm up what the measurement itself needs.
        index = write(state, index, 0, 0, batch);
        long before = usedBytes();

        // When
        long sequence = 1;
        for (int first = PER_ENTRY; first < STREAMS; first += PER_ENTRY) {
            index = write(state, index, sequence++, first, batch);
        }
        long perStream = (usedBytes() - before) / (STREAMS - PER_ENTRY);

        // Then
        assertThat(state.streams().size()).isEqualTo(STREAMS);
        assertThat(state.producerCount()).isEqualTo(STREAMS);
        System.out.println("An idle stream with one producer costs " + perStream + " bytes");
        assertThat(perStream).isLessThanOrEqualTo(150);
    }

    private static long write(ShardState state, long index, long sequence, int first, RecordBatch batch) {
        AppendEncoder encoder = EntryCodec.append(1, 0, sequence);
        for (int i = 0; i < PER_ENTRY; i++) {
            encoder.add(first + i, 0, batch);
        }
        DecodedEntry.Entry entry = (DecodedEntry.Entry) EntryCodec.decode(encoder.encode());
        LogPosition at = new LogPosition(1, index);
        state.advance(at, 1);
        state.append(at, (Command.Append) entry.command(), added -> {});
        LogPosition flush = new LogPosition(1, index + 1);
        state.advance(flush, 1);
        state.segmentsCommitted(
                new Command.SegmentsCommitted(new LogRange(state.flushedUpTo() + 1, index), Optional.empty()),
                flushed -> {});
        return index + 2;
    }

    private static long usedBytes() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
