package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProposerTest {
    private static final int MOST_COMMANDS = 10;
    private static final int MOST_BYTES = 1000;

    private final SlowGroup group = new SlowGroup();
    private final Proposer proposer = new Proposer(
            group,
            ProposerTest::joined,
            Timer.builder("latency").register(new SimpleMeterRegistry()),
            MOST_COMMANDS,
            MOST_BYTES);

    @AfterEach
    void stop() {
        proposer.close();
    }

    @Test
    void whatWaitsSharesAnEntryInOrder() throws InterruptedException {
        List<CompletableFuture<Submission>> outcomes = new ArrayList<>();
        List<SlowGroup.Entry> inFlight = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            outcomes.add(proposer.propose(command(i)));
            inFlight.add(group.next());
        }
        for (int i = 4; i < 4 + MOST_COMMANDS; i++) {
            outcomes.add(proposer.propose(command(i)));
        }
        assertThat(group.entries).as("four in flight are enough").isEmpty();
        assertThat(outcomes).noneMatch(CompletableFuture::isDone);

        inFlight.forEach(SlowGroup.Entry::land);
        SlowGroup.Entry shared = group.next();
        assertThat(shared.commands).containsExactly(4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        shared.land();
        for (int i = 0; i < outcomes.size(); i++) {
            assertThat(outcomes.get(i).join()).isEqualTo(new Submission.Applied(LogPosition.NONE, "reply to " + i));
        }
    }

    @Test
    void refusesMoreCommandsThanMayWait() throws InterruptedException {
        fillFlight();
        for (int i = 0; i < MOST_COMMANDS; i++) {
            assertThat(proposer.propose(command(i))).isNotDone();
        }
        assertThat(proposer.propose(command(99)).join())
                .isInstanceOfSatisfying(
                        Submission.NotAccepted.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.OVERLOADED));
    }

    @Test
    void refusesMoreBytesThanMayWait() throws InterruptedException {
        fillFlight();
        assertThat(proposer.propose(ByteBuffer.allocate(MOST_BYTES - 1))).isNotDone();
        assertThat(proposer.propose(ByteBuffer.allocate(2)).join()).isInstanceOf(Submission.NotAccepted.class);
        assertThat(proposer.propose(ByteBuffer.allocate(1))).isNotDone();
    }

    @Test
    void refusesWhatWaitsWhenItCloses() throws InterruptedException {
        fillFlight();
        CompletableFuture<Submission> waiting = proposer.propose(command(1));
        proposer.close();
        assertThat(waiting.join())
                .isInstanceOfSatisfying(
                        Submission.NotAccepted.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.SHUTTING_DOWN));
        assertThat(proposer.propose(command(2)).join()).isInstanceOf(Submission.NotAccepted.class);
    }

    @Test
    void aGroupThatThrowsLeavesTheOutcomeUnknown() throws InterruptedException {
        group.bug = new IllegalStateException("a bug");
        assertThat(proposer.propose(command(1)).join()).isInstanceOf(Submission.Unknown.class);
        group.bug = null;
        CompletableFuture<Submission> next = proposer.propose(command(2));
        group.next().land();
        assertThat(next.join()).isInstanceOf(Submission.Applied.class);
    }

    @Test
    void aThreadThatTheGroupCannotMakeLeavesTheOutcomeUnknown() throws InterruptedException {
        // Given
        group.noThread = new OutOfMemoryError("unable to create native thread: asked for by the test");

        // When
        CompletableFuture<Submission> failed = proposer.propose(command(1));

        // Then
        assertThat(failed.orTimeout(30, TimeUnit.SECONDS).join()).isInstanceOf(Submission.Unknown.class);

        // And what comes later is submitted
        group.noThread = null;
        CompletableFuture<Submission> next = proposer.propose(command(2));
        group.next().land();
        assertThat(next.join()).isInstanceOf(Submission.Applied.class);
    }

    private void fillFlight() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            var _ = proposer.propose(command(i));
            group.next();
        }
    }

    private static ByteBuffer command(int number) {
        return ByteBuffer.allocate(4).putInt(0, number);
    }

    private static ByteBuffer joined(List<ByteBuffer> commands) {
        ByteBuffer entry = ByteBuffer.allocate(
                commands.stream().mapToInt(ByteBuffer::remaining).sum());
        commands.forEach(command -> entry.put(command.duplicate()));
        return entry.flip();
    }

    /** A group whose entries land when the test says so. */
    private static final class SlowGroup implements ConsensusGroup {
        final BlockingQueue<Entry> entries = new LinkedBlockingQueue<>();
        volatile @Nullable RuntimeException bug;
        volatile @Nullable Error noThread;

        static final class Entry {
            final List<Integer> commands = new ArrayList<>();
            final CompletableFuture<Submission> outcome = new CompletableFuture<>();

            void land() {
                List<String> replies =
                        commands.stream().map(number -> "reply to " + number).toList();
                outcome.complete(new Submission.Applied(LogPosition.NONE, replies));
            }
        }

        Entry next() throws InterruptedException {
            Entry entry = entries.poll(30, TimeUnit.SECONDS);
            assertThat(entry).isNotNull();
            return entry;
        }

        @Override
        public CompletableFuture<Submission> submit(List<ByteBuffer> pieces) {
            RuntimeException thrown = bug;
            if (thrown != null) {
                throw thrown;
            }
            Error isShort = noThread;
            if (isShort != null) {
                throw isShort;
            }
            Entry entry = new Entry();
            ByteBuffer bytes = pieces.getFirst();
            while (bytes.remaining() >= 4) {
                entry.commands.add(bytes.getInt());
            }
            entries.add(entry);
            return entry.outcome;
        }

        @Override
        public CompletableFuture<Submission> submit(List<ByteBuffer> pieces, long term) {
            throw new UnsupportedOperationException("not needed");
        }

        @Override
        public String name() {
            return "slow";
        }

        @Override
        public Leadership leadership() {
            return new Leadership.Leading(1);
        }

        @Override
        public LogPosition applied() {
            return LogPosition.NONE;
        }

        @Override
        public CompletableFuture<Void> barrier() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<ByteBuffer> read(long index) {
            throw new UnsupportedOperationException("not needed");
        }

        @Override
        public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
            throw new UnsupportedOperationException("not needed");
        }

        @Override
        public CompletableFuture<LogPosition> copyState(OutputStream target) {
            throw new UnsupportedOperationException("not needed");
        }

        @Override
        public long logBytes() {
            return 0;
        }

        @Override
        public Optional<String> failure() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
