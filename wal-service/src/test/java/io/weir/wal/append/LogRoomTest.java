package io.weir.wal.append;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.ShardId;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.shard.ShardMachine;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LogRoomTest {
    private static final int BATCH_BYTES = 12 << 20;
    private static final RecordBatch BATCH = Batches.plain(1, BATCH_BYTES - RecordBatch.HEADER_BYTES, 1);
    private static final AppendLimits LIMITS = new AppendLimits(
            1 << 20,
            4,
            1 << 20,
            64 << 20,
            1 << 20,
            100_000,
            1 << 30,
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            ProducerLimits.standard());

    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final ShardMachine machine = new ShardMachine(new ShardId(0), 1 << 20);
    private final SimulatedGroup group = consensus.open("wal-0", machine);
    private final LogRoom room = new LogRoom(machine, group, LIMITS);

    @Test
    void seesWhatOthersWriteWithoutAskingForEachEntry() {
        consensus.runAll();
        long empty = room.bytes(1, 0);
        assertThat(room.fits(empty, BATCH_BYTES)).isTrue();

        for (int i = 1; i <= 5; i++) {
            another();
            assertThat(room.bytes(1, 0)).isGreaterThanOrEqualTo(group.logBytes() - 10_000);
        }

        assertThat(room.fits(room.bytes(BATCH_BYTES, 0), BATCH_BYTES)).isFalse();
        assertThat(room.fits(room.bytes(1, 0), 1)).isTrue();
    }

    @Test
    void isExactWhereItWouldNotFitOtherwise() {
        consensus.runAll();
        another();
        assertThat(room.bytes(1, 0)).isEqualTo(group.logBytes());
        room.submitted(30 << 20);

        assertThat(room.bytes(1 << 20, 0)).isEqualTo(group.logBytes() + (30 << 20));
        assertThat(room.bytes(40 << 20, 5)).isEqualTo(group.logBytes() + 5);
    }

    private void another() {
        AppendEncoder encoder = EntryCodec.append(0, 999, 0);
        encoder.add(1, 0, BATCH);
        var _ = group.submit(encoder.encode());
        consensus.runAll();
    }
}
