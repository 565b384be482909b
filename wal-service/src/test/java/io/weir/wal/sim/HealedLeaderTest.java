package io.weir.wal.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.metadata.Topic;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.wal.Batches;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A leader whose group fails, heals over an older state and is led by it again, while one of its duties waits. */
class HealedLeaderTest {
    /** So many spill the first of them, and are flushed two by two. */
    private static final int BATCHES = 5;

    private static final int BATCH_BYTES = 4_000;

    private final GroupModel group = new GroupModel();
    private final ModelPeer peer = group.add();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final SimulatedSegments segments = new SimulatedSegments(new Random(1));
    private final History history = new History();
    private final ShardCheck check = new ShardCheck(segments, history);
    private final Topic topic = metadata.create("topic", 2);
    private long nowNanos = 1_000_000_000_000L;
    private final SimulatedShard shard = new SimulatedShard(
            state -> {
                peer.start(state);
                return peer;
            },
            metadata,
            segments,
            () -> Instant.ofEpochMilli(nowNanos / 1_000_000),
            () -> nowNanos);

    @BeforeEach
    void appendToBothStreamsByTurns() {
        lead();
        shard.duties().forEach(this::work);
        settle();
        for (int i = 0; i < BATCHES; i++) {
            append(i);
        }
    }

    private void append(int number) {
        var location = topic.location(number % 2).orElseThrow();
        long mark = history.nextMark("writer " + number);
        CompletableFuture<AppendResult> appended =
                shard.appender().append(location, Batches.plain(1, BATCH_BYTES, mark));
        for (int i = 0; i < 4; i++) {
            work(shard.appender());
            settle();
        }
        assertThat(appended)
                .isCompletedWithValueMatching(result -> result instanceof AppendResult.Committed committed
                        && record(location.stream().value(), mark, committed.baseOffset()));
    }

    private boolean record(long stream, long mark, long offset) {
        history.acknowledged(stream, mark, offset);
        return true;
    }

    /** The peer comes to lead in another term, over everything that was committed. */
    private void lead() {
        group.elect(0, 0);
        settle();
        assertThat(peer.leadership()).isInstanceOf(Leadership.Leading.class);
    }

    private void settle() {
        for (int i = 0; i < 8; i++) {
            peer.deliver();
        }
        group.commit(Integer.MAX_VALUE / 2);
        boolean more = true;
        while (more) {
            more = peer.apply();
            peer.hear();
        }
    }

    private void work(Duty duty) {
        long ignored = duty.work(nowNanos);
    }

    private void flushEverything() {
        for (int i = 0; i < 40 && shard.machine().unflushedBatches() > 0; i++) {
            nowNanos += 30_000_000_000L;
            work(shard.flusher());
            segments.advance();
            settle();
        }
        assertThat(shard.machine().unflushedBatches()).isZero();
    }

    private void everythingIsThere() {
        check.cheap(shard);
        check.readEverything(shard, List.of(topic), () -> work(shard.spill()));
        assertThat(shard.machine()
                        .locked(() -> shard.machine().state().streams().size()))
                .isEqualTo(2);
    }

    /** The next flush reads two entries back: its group fails in front of the second look at the state. */
    private void healDuringTheNextFlush() {
        Queue<Runnable> reads = new ArrayDeque<>(List.of(peer::reopen, this::lead));
        peer.whileReading(() -> {
            Runnable next = reads.poll();
            if (next != null) {
                next.run();
            }
        });
        flushEverything();
        assertThat(reads).isEmpty();
    }

    @Test
    void commitsNoSegmentFromWhichAnOlderStateLeftSomethingOut() {
        healDuringTheNextFlush();

        everythingIsThere();
    }

    @Test
    void doesNotPassOverWhatAnOlderStateDidNotKnow() {
        // Given that nothing of the first entry is wanted
        Command.TrimPoint behindTheFirst = new Command.TrimPoint(topic.location(0).orElseThrow().stream(), 1);
        var _ = shard.commands().submit(new Command.Trim(true, List.of(behindTheFirst)));
        settle();

        // When the older state does not want the second one either
        healDuringTheNextFlush();

        // Then
        everythingIsThere();
    }
}
