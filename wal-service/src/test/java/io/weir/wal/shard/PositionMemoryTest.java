package io.weir.wal.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.segment.LogRange;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.Reply;
import io.weir.wal.state.TailEntry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What appends are refused by is reckoned: it must not be less than what the memory takes. */
class PositionMemoryTest {
    private static final int ENTRIES = 400_000;
    private static final int AT_ONCE = 4_000;
    private static final RecordBatch BATCH = Batches.plain(1, 8, 1);

    private final ShardMachine machine = new ShardMachine(new ShardId(0), 1 << 10);
    private long index;
    private long sequence;

    @ParameterizedTest
    @ValueSource(ints = {1, ENTRIES})
    void anEntryOfOneBatchWhoseBytesAreInTheLogTakesNoMoreThanIsReckoned(int streams) {
        // Given streams that were written to, and flushed
        command(new Command.OpenSession(Command.NO_SESSION, ProducerLimits.standard()));
        command(new Command.OpenStreams(1, List.of(new StreamRange(0, streams, 0, TenantId.DEFAULT))));
        for (int first = 0; first < streams; first += AT_ONCE) {
            append(first, Math.min(streams, AT_ONCE));
        }
        command(new Command.SegmentsCommitted(new LogRange(0, index - 1), Optional.empty()));
        assertThat(machine.positionBytes()).isZero();
        long before = usedBytes();

        // When
        for (int i = 0; i < ENTRIES; i++) {
            append(i % streams, 1);
        }
        long each = (usedBytes() - before) / ENTRIES;

        // Then
        System.out.println("An entry of one batch on one of " + streams + " streams takes " + each + " bytes");
        assertThat(machine.positionBytes()).isEqualTo(TailEntry.positionBytes(ENTRIES, ENTRIES));
        assertThat(each).isBetween(1L, TailEntry.positionBytes(1, 1));
    }

    private void append(long firstStream, int count) {
        AppendEncoder encoder = EntryCodec.append(1, 0, sequence++);
        for (int i = 0; i < count; i++) {
            encoder.add(firstStream + i, 0, BATCH);
        }
        assertThat(apply(encoder.encode())).isInstanceOf(Reply.Appended.class);
    }

    private void command(Command command) {
        assertThat(apply(EntryCodec.encode(1, command))).isNotInstanceOf(Reply.Refused.class);
    }

    private Object apply(List<ByteBuffer> entry) {
        return machine.apply(new LogPosition(1, index++), entry);
    }

    private static long usedBytes() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
