package io.weir.wal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.segment.LogRange;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.wal.Batches;
import io.weir.wal.ThrowingGroup;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.TailEntry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AppenderTest {
    private static final StreamLocation STREAM = new StreamLocation(new StreamId(1), new ShardId(0), new Epoch(0));
    private static final StreamLocation COMING = new StreamLocation(new StreamId(2), new ShardId(0), new Epoch(0));
    private static final StreamLocation NOWHERE = new StreamLocation(new StreamId(9), new ShardId(0), new Epoch(0));
    private static final int ENTRY_BYTES = 4_000;
    private static final int HALF_AN_ENTRY = ENTRY_BYTES / 2;
    /** Entries of one batch whose positions may be in memory. */
    private static final int ENTRIES = 20;

    private static final int MANY_APPENDERS = 40;
    private static final int MORE_SESSIONS_THAN_ARE_OPEN = 4_100;
    private static final AppendLimits LIMITS = new AppendLimits(
            ENTRY_BYTES,
            4,
            1 << 20,
            64 << 20,
            1 << 20,
            100_000,
            TailEntry.positionBytes(ENTRIES, ENTRIES),
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            new ProducerLimits(100, 1000, 86_400_000, 1_000));

    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final ShardMachine machine = new ShardMachine(new ShardId(0), 1 << 20, this::nanos);
    private final CommandLine commands;
    private final Appender appender;
    private final SimulatedGroup group;
    private final Queue<RuntimeException> thrown = new ArrayDeque<>();
    private long leapNanos;
    private Runnable looking = () -> {};

    AppenderTest() {
        group = consensus.open("wal-0", machine);
        consensus.runAll();
        commands = new CommandLine(group, InstantSource.system(), Runnable::run);
        open(STREAM);
        appender = newAppender();
    }

    private Appender newAppender() {
        return new Appender(
                new Appender.Surroundings(
                        machine,
                        ThrowingGroup.of(group, thrown),
                        InstantSource.system(),
                        this::nanos,
                        new AppendMeter(new SimpleMeterRegistry(), machine.shard())),
                LIMITS,
                location -> {
                    looking.run();
                    return location.equals(COMING);
                },
                () -> {});
    }

    @BeforeEach
    void haveASession() {
        var opened = append(8);
        while (!opened.isDone()) {
            long ignored = appender.work(nanos());
            consensus.runAll();
        }
    }

    @Test
    void submitsASmallBatchAtOnceWhenNothingIsInFlight() {
        // When
        var _ = append(8);

        // Then
        assertThat(consensus.pending()).isEqualTo(1);
    }

    @Test
    void keepsBatchesBackWhileAnEntryIsInFlightAndTheyDoNotFillHalfAnother() {
        // Given
        var first = append(8);

        // When
        var second = append(8);
        var third = append(8);

        // Then
        assertThat(consensus.pending()).isEqualTo(1);
        consensus.runAll();
        long ignored = appender.work(nanos());
        assertThat(consensus.pending()).isEqualTo(1);
        consensus.runAll();
        assertThat(List.of(first.join(), second.join(), third.join()))
                .containsExactly(committed(1), committed(2), committed(3));
    }

    @Test
    void submitsASecondEntryBehindTheFirstOnceItIsHalfFull() {
        // Given
        var first = append(8);
        var second = append(HALF_AN_ENTRY - 200);
        assertThat(consensus.pending()).isEqualTo(1);

        // When
        var third = append(200);

        // Then
        assertThat(consensus.pending()).isEqualTo(2);
        consensus.runAll();
        assertThat(List.of(first.join(), second.join(), third.join()))
                .containsExactly(committed(1), committed(2), committed(3));
    }

    @Test
    void letsNothingOvertakeABatchThatWaitedTooLongForItsStream() {
        // Given a batch whose stream does not open in time, and one that comes behind it just then
        var first = appender.append(COMING, Batches.plain(1, 8, 1));
        long ignored = appender.work(System.nanoTime());
        assertThat(first).isNotDone();
        List<CompletableFuture<AppendResult>> second = new ArrayList<>();
        looking = () -> second.add(appender.append(COMING, Batches.plain(1, 8, 2)));
        var elsewhere = appender.append(NOWHERE, Batches.plain(1, 8, 3));

        // When
        ignored = appender.work(System.nanoTime() + LIMITS.openWait().toNanos());
        looking = () -> {};
        open(COMING);
        appender.streamsChanged();
        ignored = appender.work(System.nanoTime());
        consensus.runAll();

        // Then
        assertThat(elsewhere).isCompletedWithValueMatching(AppendResult.Refused.class::isInstance);
        assertThat(first).isCompletedWithValueMatching(AppendResult.Refused.class::isInstance);
        assertThat(second)
                .singleElement()
                .satisfies(result ->
                        assertThat(result).isCompletedWithValueMatching(AppendResult.Refused.class::isInstance));
        assertThat(ignored).isPositive();
    }

    @Test
    void aBatchWaitsForALeaderAsLongAsItMayAndNoLonger() {
        // Given
        group.loseLeadership(0);
        var held = append(8);
        var behind = append(8);
        leapNanos += LIMITS.resolveWait().toNanos() / 2;
        work();
        assertThat(held).isNotDone();

        // When
        leapNanos += LIMITS.resolveWait().toNanos() / 2;
        work();

        // Then
        assertThat(List.of(refusal(held), refusal(behind), refusal(append(8)))).containsOnly(RefusalReason.UNAVAILABLE);
        assertThat(appender.queuedBytes()).isZero();
        group.regainLeadership();
        consensus.runAll();
        assertThat(settled(append(8))).isEqualTo(committed(1));
    }

    @Test
    void whatNoLeaderTookGoesAgainInItsOrder() {
        // Given
        group.refuseNext(2, FailureCode.NOT_LEADER);

        // When
        var first = append(8);
        var second = append(HALF_AN_ENTRY);
        var third = append(8);

        // Then
        assertThat(settled(third)).isEqualTo(committed(3));
        assertThat(List.of(first.join(), second.join())).containsExactly(committed(1), committed(2));
    }

    @Test
    void whatIsRefusedForAReasonOfItsOwnTakesWithItWhatIsBehind() {
        // Given
        group.refuseNext(1, FailureCode.STORAGE_FULL);

        // When
        var first = append(8);
        var second = append(8);
        long ignored = appender.work(nanos());
        consensus.runAll();

        // Then
        assertThat(refusal(first)).isEqualTo(RefusalReason.STORAGE_FULL);
        assertThat(refusal(second)).isEqualTo(RefusalReason.PREDECESSOR_FAILED);
        assertThat(settled(append(8))).isEqualTo(committed(1));
        assertThat(ignored).isNotNegative();
    }

    @Test
    void refusesWhatThereIsNoMemoryForThePositionsOfUntilAFlush() {
        // Given
        for (int i = 1; i < ENTRIES; i++) {
            assertThat(settled(append(8))).isEqualTo(committed(i));
        }

        // When
        var oneMore = append(8);

        // Then
        assertThat(refusal(oneMore)).isEqualTo(RefusalReason.STORAGE_FULL);
        assertThat(RefusalReason.STORAGE_FULL.retriable()).isTrue();
        var _ = commands.submitNow(
                new Command.SegmentsCommitted(new LogRange(0, group.applied().index()), Optional.empty()));
        consensus.runAll();
        assertThat(settled(append(8))).isEqualTo(committed(ENTRIES));
    }

    @Test
    void anEntryThatTheGroupDoesNotTakeIsRefusedAndHoldsNobodyUp() {
        // Given
        thrown.add(new IllegalArgumentException("Entry of 5 bytes is over the 4 that group wal-0 takes"));

        // When
        var first = appender.append(STREAM, Batches.plain(1, 8, 1));
        assertThatThrownBy(() -> appender.work(nanos())).hasMessageContaining("Entry of 5 bytes");
        work();

        // Then
        assertThat(refusal(first)).isEqualTo(RefusalReason.UNAVAILABLE);
        assertThat(settled(append(8))).isEqualTo(committed(1));
        assertThat(appender.queuedBytes()).isZero();
    }

    @Test
    void whatBecameOfAnEntryThatABugCameUponIsFoundOut() {
        // Given
        thrown.add(new IllegalStateException("a bug"));

        // When
        var first = appender.append(STREAM, Batches.plain(1, 8, 1));
        assertThatThrownBy(() -> appender.work(nanos())).hasMessage("a bug");

        // Then
        assertThat(settled(first)).isEqualTo(committed(1));
        assertThat(settled(append(8))).isEqualTo(committed(2));
    }

    @Test
    void manyAppendersByTurnsKeepTheirSessions() {
        // Given
        List<Appender> appenders =
                Stream.generate(this::newAppender).limit(MANY_APPENDERS).toList();
        long before = sessionsOpened();

        // When
        for (int round = 0; round < 3; round++) {
            for (Appender one : appenders) {
                var appended = one.append(STREAM, Batches.plain(1, 8, round));
                for (int i = 0; i < 5; i++) {
                    long ignored = one.work(nanos());
                    consensus.runAll();
                }
                assertThat(appended).isCompletedWithValueMatching(AppendResult.Committed.class::isInstance);
                var _ = commands.submitNow(new Command.SegmentsCommitted(
                        new LogRange(machine.flushedUpTo() + 1, group.applied().index()), Optional.empty()));
                consensus.runAll();
            }
        }

        // Then
        assertThat(sessionsOpened() - before).isEqualTo(MANY_APPENDERS);
    }

    @Test
    void aForgottenSessionIsReplacedWithoutAWord() {
        // Given so many processes that began after this one's last append
        for (int i = 0; i < MORE_SESSIONS_THAN_ARE_OPEN; i++) {
            var _ = commands.submitNow(new Command.OpenSession(Command.NO_SESSION, LIMITS.producers()));
        }
        consensus.runAll();

        // When
        var first = append(8);
        var second = append(HALF_AN_ENTRY);

        // Then
        assertThat(settled(second)).isEqualTo(committed(2));
        assertThat(first.join()).isEqualTo(committed(1));
    }

    @Test
    void doubtThatLastsTooLongIsToldAndTakesWithItWhatIsBehind() {
        // Given
        group.loseNext(1, SimulatedGroup.Fate.DROPPED);
        var doubtful = append(8);
        group.loseLeadership(0);
        var behind = append(8);

        // When
        leapNanos += LIMITS.resolveWait().toNanos();
        work();
        work();

        // Then
        assertThat(doubtful).isCompletedWithValueMatching(AppendResult.Unknown.class::isInstance);
        assertThat(refusal(behind)).isEqualTo(RefusalReason.PREDECESSOR_FAILED);
        assertThat(appender.queuedBytes()).isZero();
    }

    private long sessionsOpened() {
        return LongStream.rangeClosed(0, group.applied().index())
                .mapToObj(index -> EntryCodec.decode(group.read(index)))
                .filter(entry ->
                        entry instanceof DecodedEntry.Entry decoded && decoded.command() instanceof Command.OpenSession)
                .count();
    }

    private long nanos() {
        return System.nanoTime() + leapNanos;
    }

    private void work() {
        for (int i = 0; i < 5; i++) {
            long ignored = appender.work(nanos());
            consensus.runAll();
        }
    }

    private AppendResult settled(CompletableFuture<AppendResult> append) {
        for (int i = 0; i < 100 && !append.isDone(); i++) {
            leapNanos += 10_000_000;
            work();
        }
        assertThat(append).isDone();
        return append.join();
    }

    private static RefusalReason refusal(CompletableFuture<AppendResult> append) {
        assertThat(append).isCompletedWithValueMatching(AppendResult.Refused.class::isInstance);
        return ((AppendResult.Refused) append.join()).reason();
    }

    private void open(StreamLocation stream) {
        var _ = commands.submitNow(new Command.OpenStreams(
                stream.stream().value(), List.of(new StreamRange(stream.stream().value(), 1, 0, TenantId.DEFAULT))));
        consensus.runAll();
    }

    private CompletableFuture<AppendResult> append(int fillerBytes) {
        CompletableFuture<AppendResult> result =
                appender.append(STREAM, Batches.plain(1, fillerBytes, System.nanoTime()));
        long ignored = appender.work(nanos());
        return result;
    }

    private static AppendResult committed(long offset) {
        return new AppendResult.Committed(offset, 0);
    }
}
