package io.weir.wal;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import io.weir.wal.shard.ShardMachine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A shard is added while it cannot be opened. */
class AddedShardTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final SimulatedConsensus consensus = SimulatedConsensus.automatic();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile Runnable opening = () -> {};
    private volatile @Nullable ShardMachine added;
    private final WalService wal = open();

    private WalService open() {
        Consensus reluctant = new Consensus() {
            @Override
            public ConsensusGroup open(String name, ReplicatedState state) {
                if (name.equals("wal-1")) {
                    added = (ShardMachine) state;
                    attempts.incrementAndGet();
                    opening.run();
                }
                return consensus.open(name, state);
            }

            @Override
            public void close() {
                consensus.close();
            }
        };
        WalConfig config = WalConfig.standard()
                .withFlush(64 << 10, Duration.ofMinutes(1), Duration.ofMinutes(1))
                .withDisk(64 << 20, 1 << 20);
        WalService opened = new WalService(
                config, reluctant, metadata, metadata.moves(), new CollectingWriter(), new SimpleMeterRegistry());
        Await.until("the first shard leads", LIMIT, opened::isReady);
        return opened;
    }

    @AfterEach
    void close() {
        wal.close();
        consensus.close();
    }

    @Test
    void isTriedByOneThreadAtItsOwnPaceHoweverManyImagesCome() {
        opening = () -> {
            throw new IllegalStateException("No disk yet");
        };
        metadata.shards(2);
        for (int i = 0; i < 50; i++) {
            metadata.create("topic-" + i, 1);
        }

        Await.until("it was tried again", LIMIT, () -> attempts.get() > 1);
        assertThat(attempts).hasValueLessThan(10);
        assertThat(wal.failure()).hasValueSatisfying(why -> assertThat(why).contains("wal-open", "No disk yet"));

        opening = () -> {};
        Await.until("it is open", LIMIT, () -> wal.shardSegments().size() == 2 && wal.isReady());
        Await.until("nothing fails", LIMIT, () -> wal.failure().isEmpty());
    }

    @Test
    void isTriedAgainAfterAnErrorToo() {
        opening = () -> {
            opening = () -> {};
            throw new AssertionError("A bug");
        };
        metadata.shards(2);
        Await.until("it is open", LIMIT, () -> wal.shardSegments().size() == 2 && wal.isReady());
        assertThat(attempts).hasValue(2);
    }

    @Test
    void isNotWaitedForByAServiceThatCloses() {
        CountDownLatch replayed = new CountDownLatch(1);
        opening = () -> {
            try {
                replayed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        metadata.shards(2);
        Await.until("it is being opened", LIMIT, () -> attempts.get() == 1);

        assertThat(CompletableFuture.runAsync(wal::close, Thread::startVirtualThread))
                .succeedsWithin(LIMIT);

        replayed.countDown();
        ShardMachine late = requireNonNull(added);
        Await.until("it is open, and closed at once", LIMIT, () -> late.hasLeader() && !late.serves());
        assertThat(wal.shardSegments()).hasSize(1);
    }
}
