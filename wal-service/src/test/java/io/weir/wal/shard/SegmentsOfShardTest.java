package io.weir.wal.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.Elsewhere;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.Reply;
import io.weir.wal.state.RestoredMoves;
import io.weir.wal.state.RestoredShard;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What housekeeping learns of streams that have records at several shards, and a gap in their offsets. */
class SegmentsOfShardTest {
    private static final long RANGE = RestoredShard.OFFSET_RANGE;
    private static final long AT = 1L << 40;
    private static final StreamId STREAM = new StreamId(7);
    /** Everything before the restore's own offsets. */
    private static final OffsetRange GAP = new OffsetRange(3, RANGE);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final Map<ShardId, ShardMachine> process = new HashMap<>();
    private final Life a = new Life(0);
    private final Life b = new Life(1);
    private final Life c = new Life(2);
    private long moves;

    /** One shard, to which entries are applied by hand. */
    private final class Life {
        private final ShardId id;
        private final ShardMachine machine;
        private final SegmentsOfShard segments;
        private long index = -1;
        private long session;
        private long sequence;

        private Life(int number) {
            id = new ShardId(number);
            machine = new ShardMachine(id, 1 << 20);
            ShardMachine inGroup = new ShardMachine(id, 1 << 20);
            CommandLine commands =
                    new CommandLine(consensus.open("wal-" + number, inGroup), InstantSource.system(), Runnable::run);
            segments = new SegmentsOfShard(machine, commands, new Neighbours() {
                @Override
                public Optional<ShardMachine> machine(ShardId shard) {
                    return Optional.ofNullable(process.get(shard));
                }

                @Override
                public Optional<CommandLine> commands(ShardId shard) {
                    return Optional.empty();
                }
            });
            process.put(id, machine);
        }

        private Object apply(List<ByteBuffer> entry) {
            return machine.apply(new LogPosition(1, ++index), entry);
        }

        private Object apply(Command command) {
            return apply(EntryCodec.encode(0, command));
        }

        private void step(Command command) {
            assertThat(apply(command))
                    .isInstanceOfSatisfying(
                            Reply.Step.class, step -> assertThat(step.taken()).isTrue());
        }

        private void openSession() {
            session = ((Reply.SessionOpened)
                            apply(new Command.OpenSession(Command.NO_SESSION, ProducerLimits.standard())))
                    .session();
            sequence = 0;
        }

        private void writeAndFlush(int records) {
            StreamRange open = machine.open().find(STREAM.value());
            assertThat(open).isNotNull();
            AppendEncoder encoder = EntryCodec.append(0, session, sequence++);
            encoder.add(STREAM.value(), open.incarnation(), Batches.plain(records, 8, 1));
            assertThat(apply(encoder.encode())).isInstanceOf(Reply.Appended.class);
            LogRange range = new LogRange(machine.flushedUpTo() + 1, index);
            SegmentRef segment =
                    new SegmentRef(new ObjectKey("ab/" + id + "-" + index), range, 4096, 128, 0xCAFE, 77, 0);
            assertThat(apply(new Command.SegmentsCommitted(range, Optional.of(segment))))
                    .isEqualTo(new Reply.Flushed(true, range.upTo()));
        }

        private void trim(long logStart) {
            apply(new Command.Trim(false, List.of(new Command.TrimPoint(STREAM, logStart))));
        }

        private RestoredShard lost() throws IOException {
            ByteArrayOutputStream copy = new ByteArrayOutputStream();
            try (ReplicatedState.Frozen frozen = machine.freeze()) {
                frozen.writeTo(copy);
            }
            return RestoredShard.read(id, new ByteArrayInputStream(copy.toByteArray()));
        }

        private void restore(RestoredShard restored) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            restored.writeTo(out, new Restoration(1), new LogPosition(9, AT), 50);
            machine.restore(new ByteArrayInputStream(out.toByteArray()), new LogPosition(9, AT));
            index = AT;
            openSession();
        }
    }

    @BeforeEach
    void open() {
        List.of(a, b, c).forEach(Life::openSession);
        a.apply(new Command.OpenStreams(1, List.of(new StreamRange(STREAM.value(), 1, 0, TenantId.DEFAULT))));
    }

    @AfterEach
    void close() {
        consensus.close();
    }

    /** All disks are lost; the stream is placed there. */
    private void restore(Life home, int incarnation) throws IOException {
        List<RestoredShard> shards = new ArrayList<>();
        for (Life life : List.of(a, b, c)) {
            RestoredShard lost = life.lost();
            lost.place(
                    life == home
                            ? List.of(new StreamRange(STREAM.value(), 1, incarnation, TenantId.DEFAULT))
                            : List.of());
            shards.add(lost);
        }
        RestoredMoves.settle(shards);
        for (RestoredShard shard : shards) {
            List.of(a, b, c).get(shards.indexOf(shard)).restore(shard);
        }
    }

    /** Returns where the stream is then. */
    private StreamLocation move(Life from, Life to) {
        from.step(new Command.SealStreams(++moves, List.of(STREAM.value())));
        HandedStream handed = from.machine
                .locked(() -> from.machine.state().handed(STREAM.value()))
                .orElseThrow();
        to.step(new Command.ReceiveStream(moves, 1, handed));
        from.step(new Command.ReleaseStreams(moves, 1));
        return new StreamLocation(STREAM, to.id, new Epoch(handed.range().incarnation()));
    }

    private static List<Elsewhere> asked(Life life, StreamLocation at, OffsetRange offsets) {
        return life.segments.elsewhere(at, offsets).orElseThrow();
    }

    @Test
    void aStreamThatNeverMovedHasNothingElsewhere() throws IOException {
        a.writeAndFlush(3);
        restore(a, 5);

        assertThat(asked(a, new StreamLocation(STREAM, a.id, new Epoch(5)), GAP))
                .isEmpty();
    }

    @Test
    void whoHasAStreamNowLearnsWhatTheFormerShardMayHave() throws IOException {
        // Given a stream that moves after a restore, without a record of the new life
        a.writeAndFlush(3);
        restore(a, 5);
        StreamLocation at = move(a, b);

        // Then
        assertThat(asked(b, at, GAP)).containsExactly(new Elsewhere(GAP, a.segments.view()));
        assertThat(asked(b, at, new OffsetRange(1, 5)))
                .containsExactly(new Elsewhere(new OffsetRange(1, 5), a.segments.view()));
        assertThat(asked(b, at, new OffsetRange(RANGE, RANGE + 1))).isEmpty();

        // When its former shard has trimmed what is there
        a.trim(4);

        // Then
        assertThat(asked(b, at, new OffsetRange(1, 5)))
                .containsExactly(new Elsewhere(new OffsetRange(4, 5), a.segments.view()));
        a.trim(5);
        assertThat(asked(b, at, new OffsetRange(1, 5))).isEmpty();
    }

    /** Both of those that it left ask where it is: there its history is known. */
    @Test
    void whoHadAStreamLearnsWhatAnEarlierShardMayHave() throws IOException {
        // Given
        a.writeAndFlush(3);
        restore(a, 5);
        move(a, b);
        b.writeAndFlush(2);
        StreamLocation at = move(b, c);

        // Then
        OffsetRange below = new OffsetRange(0, RANGE);
        assertThat(asked(b, at, below)).containsExactly(new Elsewhere(below, a.segments.view()));
        assertThat(asked(a, at, below)).isEmpty();
        assertThat(asked(c, at, new OffsetRange(3, RANGE + 5)))
                .containsExactly(
                        new Elsewhere(GAP, a.segments.view()),
                        new Elsewhere(new OffsetRange(RANGE, RANGE + 2), b.segments.view()));
    }

    @Test
    void whatALateReplicaMayNotHaveHeardOfIsNotKnown() throws IOException {
        a.writeAndFlush(3);
        StreamLocation at = move(a, b);
        OffsetRange offsets = new OffsetRange(0, 3);
        assertThat(b.segments.elsewhere(at, offsets)).isPresent();

        // As of a move that this process has not heard of
        assertThat(b.segments.elsewhere(new StreamLocation(STREAM, b.id, new Epoch(9)), offsets))
                .isEmpty();
        assertThat(a.segments.elsewhere(new StreamLocation(STREAM, c.id, new Epoch(2)), offsets))
                .isEmpty();
        // As of a shard that is not in this process, or begins here
        process.put(a.id, new ShardMachine(a.id, 1 << 20));
        assertThat(b.segments.elsewhere(at, offsets)).isEmpty();
        process.remove(a.id);
        assertThat(b.segments.elsewhere(at, offsets)).isEmpty();
        process.remove(b.id);
        assertThat(a.segments.elsewhere(at, offsets)).isEmpty();
    }
}
