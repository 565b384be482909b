package io.weir.wal.append;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.wal.Batches;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.shard.ShardMachine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class AppenderCloseTest {
    private static final ShardId SHARD = new ShardId(0);
    private static final StreamLocation STREAM = new StreamLocation(new StreamId(1), SHARD, new Epoch(0));
    private static final RecordBatch BATCH = Batches.plain(1, 8, 0);
    private static final AppendLimits LIMITS = new AppendLimits(
            1 << 20,
            4,
            1L << 30,
            1L << 30,
            1 << 20,
            1 << 20,
            1L << 30,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            ProducerLimits.standard());

    private static Appender appender() {
        SimulatedConsensus consensus = SimulatedConsensus.manual();
        ShardMachine machine = new ShardMachine(SHARD, 1 << 20);
        SimulatedGroup group = consensus.open("wal-0", machine);
        consensus.runAll();
        assertThat(machine.leads()).isTrue();
        return new Appender(
                new Appender.Surroundings(
                        machine,
                        group,
                        InstantSource.system(),
                        System::nanoTime,
                        new AppendMeter(new SimpleMeterRegistry(), SHARD)),
                LIMITS,
                location -> true,
                () -> {});
    }

    /** Many tries: what is to be hit is the moment between an append's first look and its place in the queue. */
    @Test
    void leavesNoAppendUnansweredThatComesWhileItCloses() throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            Appender appender = appender();
            List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
            AtomicBoolean begun = new AtomicBoolean();
            Thread client = Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 2_000; n++) {
                    appends.add(appender.append(STREAM, BATCH));
                    begun.set(true);
                }
            });
            while (!begun.get()) {
                Thread.onSpinWait();
            }

            appender.close();
            client.join();

            assertThat(appends).allSatisfy(append -> assertThat(append).isCompleted());
            assertThat(appender.queuedBytes()).isZero();
        }
    }
}
