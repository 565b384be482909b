package io.weir.wal;

import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Groups that from {@link #fill} on have no room: whoever submits waits until it is interrupted. */
record FullConsensus(Consensus real, CountDownLatch filled, CountDownLatch waiting) implements Consensus {
    FullConsensus(Consensus real) {
        this(real, new CountDownLatch(1), new CountDownLatch(1));
    }

    void fill() {
        filled.countDown();
    }

    /** Returns once somebody waits for room. */
    void awaitWaiting() throws InterruptedException {
        waiting.await();
    }

    @Override
    public ConsensusGroup open(String name, ReplicatedState state) {
        return new FullGroup(real.open(name, state));
    }

    @Override
    public void close() {
        real.close();
    }

    private final class FullGroup implements ConsensusGroup {
        private final ConsensusGroup group;

        FullGroup(ConsensusGroup group) {
            this.group = group;
        }

        @Override
        public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
            return filled.getCount() > 0 ? group.submit(entry) : refusedInTheEnd();
        }

        @Override
        public CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term) {
            return filled.getCount() > 0 ? group.submit(entry, term) : refusedInTheEnd();
        }

        private CompletableFuture<Submission> refusedInTheEnd() {
            waiting.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            return CompletableFuture.completedFuture(
                    new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Interrupted while waiting to submit"));
        }

        @Override
        public String name() {
            return group.name();
        }

        @Override
        public Leadership leadership() {
            return group.leadership();
        }

        @Override
        public LogPosition applied() {
            return group.applied();
        }

        @Override
        public CompletableFuture<Void> barrier() {
            return group.barrier();
        }

        @Override
        public List<ByteBuffer> read(long index) {
            return group.read(index);
        }

        @Override
        public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
            return group.prepareSnapshot();
        }

        @Override
        public CompletableFuture<LogPosition> copyState(OutputStream target) {
            return group.copyState(target);
        }

        @Override
        public long logBytes() {
            return group.logBytes();
        }

        @Override
        public Optional<String> failure() {
            return group.failure();
        }

        @Override
        public void close() {
            group.close();
        }
    }
}
