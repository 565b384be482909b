package io.weir.wal.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.process.Await;
import io.weir.wal.Batches;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.read.LogReader;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.Reply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FlusherTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration INTERVAL = Duration.ofHours(1);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final ShardMachine machine = new ShardMachine(new ShardId(0), 1 << 20);
    private final ConsensusGroup group = consensus.open("wal-0", machine);
    private final List<LogRange> written = new ArrayList<>();
    private final CompletableFuture<SegmentRef> writing = new CompletableFuture<>();
    private Runnable afterTheLook = () -> {};
    private final Flusher flusher = new Flusher(
            new Flusher.Surroundings(
                    machine,
                    (shard, term, range, runs) -> {
                        written.add(range);
                        return writing;
                    },
                    new CommandLine(group, InstantSource.system(), Runnable::run),
                    new LogReader(group),
                    new FlushMeter(new SimpleMeterRegistry(), machine.shard())),
            new FlushPolicy(1 << 20, 1_000, INTERVAL, INTERVAL),
            this::isUrgent,
            () -> {});

    private long session;
    private long sequence;

    /** Asked once nothing was found to wait. */
    private boolean isUrgent() {
        afterTheLook.run();
        return false;
    }

    @BeforeEach
    void openAStream() {
        Command.OpenSession opening = new Command.OpenSession(Command.NO_SESSION, ProducerLimits.standard());
        session = submit(EntryCodec.encode(1, opening)).position().index();
        submit(EntryCodec.encode(1, new Command.OpenStreams(1, List.of(new StreamRange(0, 1, 0, TenantId.DEFAULT)))));
    }

    @AfterEach
    void close() {
        consensus.close();
    }

    @Test
    void whatIsWantedSoonAfterALookThatFoundNothingIsFlushed() {
        // When a batch comes, and is wanted in a segment, between the look and what is made of it
        afterTheLook = () -> {
            append();
            flusher.flushSoon();
        };
        assertThat(flusher.work(0)).isEqualTo(Duty.UNTIL_SIGNALLED);
        assertThat(written).isEmpty();

        // Then the next look, for which there was a signal, flushes it
        flusher.work(0);
        assertThat(written).hasSize(1);
    }

    @Test
    void whatComesBehindAFlushThatIsWantedSoonWaitsForItsOwn() {
        append();
        flusher.flushSoon();
        flusher.work(0);
        append();

        writing.complete(new SegmentRef(new ObjectKey("segment"), written.getFirst(), 200, 100, 0, 0, 0));

        Await.until("the commit, and a look", LIMIT, () -> flusher.work(0) == INTERVAL.toNanos());
        assertThat(machine.unflushedBatches()).isEqualTo(1);
        assertThat(written).hasSize(1);
    }

    private void append() {
        AppendEncoder encoder = EntryCodec.append(1, session, sequence++);
        encoder.add(0, 0, Batches.plain(1, 10, 1));
        assertThat(submit(encoder.encode()).reply()).isInstanceOf(Reply.Appended.class);
    }

    private Submission.Applied submit(List<ByteBuffer> entry) {
        return (Submission.Applied) group.submit(entry).join();
    }
}
