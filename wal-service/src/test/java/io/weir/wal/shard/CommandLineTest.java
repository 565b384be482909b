package io.weir.wal.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.wal.ThrowingGroup;
import io.weir.wal.entry.Command;
import io.weir.wal.state.Reply;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final SimulatedGroup group = consensus.open("wal-0", new ShardMachine(new ShardId(0), 1 << 20));
    private final CommandLine commands = new CommandLine(group, InstantSource.system(), Runnable::run);

    @Test
    void refusesOneCommandMoreThanMayBeUnderWay() {
        // Given
        consensus.runAll();
        List<CompletableFuture<Reply>> underWay = new ArrayList<>();
        for (int i = 0; i < CommandLine.MAX_WAITING; i++) {
            underWay.add(commands.submit(new Command.AbortCompaction(i)));
        }

        // When
        CompletableFuture<Reply> oneMore = commands.submit(new Command.AbortCompaction(0));

        // Then
        assertThat(codeOf(oneMore)).isEqualTo(FailureCode.OVERLOADED);
        consensus.runAll();
        assertThat(underWay).allSatisfy(reply -> assertThat(reply).isCompleted());
        CompletableFuture<Reply> again = commands.submit(new Command.AbortCompaction(0));
        consensus.runAll();
        assertThat(again).isCompleted();
    }

    @Test
    void failsWithoutALeader() {
        assertThat(codeOf(commands.submit(new Command.AbortCompaction(0)))).isEqualTo(FailureCode.NOT_LEADER);
    }

    @Test
    void doesNotHideThatTheOutcomeIsUnknown() {
        consensus.runAll();
        group.loseNext(1, SimulatedGroup.Fate.DROPPED);

        assertThat(codeOf(commands.submit(new Command.AbortCompaction(0)))).isEqualTo(FailureCode.TIMED_OUT);
    }

    @Test
    void whatTheGroupDoesNotTakeFailsAndLeavesRoomForOthers() {
        // Given
        consensus.runAll();
        Queue<RuntimeException> thrown = new ArrayDeque<>();
        CommandLine throwing = new CommandLine(ThrowingGroup.of(group, thrown), InstantSource.system(), Runnable::run);

        for (int i = 0; i < CommandLine.MAX_WAITING; i++) {
            // When
            thrown.add(new IllegalArgumentException("Entry of 5 bytes is over the 4 that group wal-0 takes"));
            CompletableFuture<Reply> failed = throwing.submit(new Command.AbortCompaction(i));

            // Then
            assertThat(codeOf(failed)).isEqualTo(FailureCode.INTERNAL);
        }
        CompletableFuture<Reply> next = throwing.submit(new Command.AbortCompaction(0));
        consensus.runAll();
        assertThat(next).isCompleted();
    }

    @Test
    void whatNoThreadCanBeMadeForFailsAndLeavesRoomForOthers() {
        // Given
        consensus.runAll();
        AtomicBoolean isShort = new AtomicBoolean(true);
        CommandLine throwing = new CommandLine(group, InstantSource.system(), work -> {
            if (isShort.get()) {
                throw new OutOfMemoryError("unable to create native thread: asked for by the test");
            }
            work.run();
        });

        for (int i = 0; i <= CommandLine.MAX_WAITING; i++) {
            // When
            CompletableFuture<Reply> failed = throwing.submit(new Command.AbortCompaction(i));

            // Then
            assertThat(failed).isCompletedExceptionally();
            assertThat(((ServiceException) failed.exceptionNow()).getMessage()).startsWith("No thread");
        }
        isShort.set(false);
        CompletableFuture<Reply> next = throwing.submit(new Command.AbortCompaction(0));
        consensus.runAll();
        assertThat(next).isCompleted();
    }

    @Test
    void whatRunsAlthoughItsThreadCouldNotBeMadeIsAnsweredAndGivesItsPlaceBackOnce() {
        // Given
        consensus.runAll();
        Queue<Error> thrown = new ArrayDeque<>();
        CommandLine throwing = new CommandLine(group, InstantSource.system(), work -> {
            work.run();
            if (!thrown.isEmpty()) {
                throw thrown.remove();
            }
        });
        thrown.add(new OutOfMemoryError("unable to create native thread: asked for by the test"));

        // When
        CompletableFuture<Reply> first = throwing.submit(new Command.AbortCompaction(0));
        consensus.runAll();

        // Then
        assertThat(first).isCompleted();
        for (int i = 0; i < CommandLine.MAX_WAITING; i++) {
            assertThat(throwing.submit(new Command.AbortCompaction(i))).isNotDone();
        }
        assertThat(codeOf(throwing.submit(new Command.AbortCompaction(0)))).isEqualTo(FailureCode.OVERLOADED);
    }

    private static FailureCode codeOf(CompletableFuture<?> failed) {
        return ((ServiceException) failed.exceptionNow()).code();
    }
}
