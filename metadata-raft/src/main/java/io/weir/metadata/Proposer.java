package io.weir.metadata;

import io.micrometer.core.instrument.Timer;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Proposes a group's commands: whatever arrived while the entries before are in flight shares the next entry, and so
 * its fsync. Commands reach the log in the order in which they were proposed.
 *
 * <p>Threading: any thread proposes and is never blocked; one thread of its own submits. Futures complete on the
 * group's thread.
 */
final class Proposer implements AutoCloseable {
    private static final int MAX_IN_FLIGHT = 4;
    private static final int TARGET_ENTRY_BYTES = 1 << 20;
    private static final int MAX_ENTRY_COMMANDS = 4096;

    private final ConsensusGroup group;
    private final Function<List<ByteBuffer>, ByteBuffer> format;
    private final Timer latency;
    private final int mostCommands;
    private final long mostBytes;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Proposal> queue = new ArrayDeque<>();
    private long queuedBytes;
    private int inFlight;
    private boolean closed;
    private final Thread submitter;

    private record Proposal(ByteBuffer command, long proposedNanos, CompletableFuture<Submission> outcome) {}

    /**
     * Starts the submitting thread.
     *
     * @param format joins commands to an entry
     */
    Proposer(
            ConsensusGroup group,
            Function<List<ByteBuffer>, ByteBuffer> format,
            Timer latency,
            int mostCommands,
            long mostBytes) {
        this.group = group;
        this.format = format;
        this.latency = latency;
        this.mostCommands = mostCommands;
        this.mostBytes = mostBytes;
        this.submitter = Thread.ofVirtual().name("weir-propose-" + group.name()).start(this::submitAlways);
    }

    /**
     * Proposes a command.
     *
     * @return what became of it, with the command's own reply; never exceptional; {@code NotAccepted(OVERLOADED)} at
     *     once when too much waits
     */
    CompletableFuture<Submission> propose(ByteBuffer command) {
        lock.lock();
        try {
            if (closed) {
                return CompletableFuture.completedFuture(closing());
            }
            if (queue.size() >= mostCommands || queuedBytes + command.remaining() > mostBytes) {
                return CompletableFuture.completedFuture(new Submission.NotAccepted(
                        FailureCode.OVERLOADED,
                        queue.size() + " commands of " + queuedBytes + " bytes wait in group " + group.name()));
            }
            Proposal proposal = new Proposal(command, System.nanoTime(), new CompletableFuture<>());
            queue.add(proposal);
            queuedBytes += command.remaining();
            changed.signal();
            return proposal.outcome();
        } finally {
            lock.unlock();
        }
    }

    private Submission closing() {
        return new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Group " + group.name() + " is closing");
    }

    private void submitAlways() {
        List<Proposal> batch = take();
        while (!batch.isEmpty()) {
            submit(batch);
            batch = take();
        }
    }

    /** What the next entry is made of; empty when there is none any more. */
    private List<Proposal> take() {
        lock.lock();
        try {
            while (!closed && (queue.isEmpty() || inFlight >= MAX_IN_FLIGHT)) {
                changed.awaitUninterruptibly();
            }
            List<Proposal> batch = new ArrayList<>();
            if (closed) {
                return batch;
            }
            long bytes = 0;
            while (!queue.isEmpty() && bytes < TARGET_ENTRY_BYTES && batch.size() < MAX_ENTRY_COMMANDS) {
                Proposal next = queue.remove();
                bytes += next.command().remaining();
                batch.add(next);
            }
            queuedBytes -= bytes;
            inFlight++;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void submit(List<Proposal> batch) {
        ByteBuffer entry = format.apply(batch.stream().map(Proposal::command).toList());
        CompletableFuture<Submission> submission;
        try {
            submission = group.submit(List.of(entry));
        } catch (RuntimeException | Error bug) {
            // An error, such as that of a thread that cannot be made, too: there is one thread for all proposals.
            submission = CompletableFuture.failedFuture(bug);
        }
        var _ = submission.whenComplete((outcome, bug) -> {
            landed();
            if (bug != null) {
                complete(batch, new Submission.Unknown(String.valueOf(bug)));
            } else {
                complete(batch, outcome);
            }
        });
    }

    private void landed() {
        lock.lock();
        try {
            inFlight--;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void complete(List<Proposal> batch, Submission outcome) {
        long now = System.nanoTime();
        for (int i = 0; i < batch.size(); i++) {
            Proposal proposal = batch.get(i);
            latency.record(now - proposal.proposedNanos(), TimeUnit.NANOSECONDS);
            proposal.outcome()
                    .complete(
                            outcome instanceof Submission.Applied(var position, Object replies)
                                    ? new Submission.Applied(position, ((List<?>) replies).get(i))
                                    : outcome);
        }
    }

    /** Refuses what was not submitted yet. What was is completed by the group. */
    @Override
    public void close() {
        List<Proposal> refused;
        lock.lock();
        try {
            closed = true;
            refused = List.copyOf(queue);
            queue.clear();
            queuedBytes = 0;
            changed.signal();
        } finally {
            lock.unlock();
        }
        refused.forEach(proposal -> proposal.outcome().complete(closing()));
        try {
            submitter.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
