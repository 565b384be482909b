package io.weir.wal.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.segment.LogRange;
import io.weir.wal.Batches;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.Reply;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ShardMachineTest {
    private static final Leadership FOLLOWS = new Leadership.Following(Optional.of(new Leader(new NodeId(1), 1)));

    private final AtomicLong nanos = new AtomicLong();
    private final ShardMachine machine = new ShardMachine(new ShardId(0), 1 << 20, nanos::get);
    private final List<List<ByteBuffer>> log = new ArrayList<>();
    private long session;
    private long sequence;

    @Test
    void servesNothingBeforeItHasHeardOfALeader() {
        assertThat(machine.serves()).isFalse();

        machine.leadershipChanged(FOLLOWS);

        assertThat(machine.serves()).isTrue();
        assertThat(machine.leads()).isFalse();
        assertThat(machine.hasLeader()).isTrue();
    }

    @Test
    void servesWithoutALeaderForHalfAMinuteAndNoLonger() {
        machine.leadershipChanged(FOLLOWS);
        nanos.addAndGet(5);
        machine.leadershipChanged(new Leadership.Following());
        nanos.addAndGet(ShardMachine.SERVES_WITHOUT_LEADER.toNanos());
        assertThat(machine.serves()).isTrue();

        nanos.incrementAndGet();

        assertThat(machine.serves()).isFalse();
        machine.leadershipChanged(FOLLOWS);
        assertThat(machine.serves()).isTrue();
        assertThat(machine.leaderlessNanos()).isZero();
    }

    /** A disk that failed and has healed: the group restores what it has and replays. */
    @Test
    void servesNothingUntilItHasBeenReplayedToWhereItWas() {
        machine.leadershipChanged(FOLLOWS);
        open();
        append(1);
        append(2);
        flush();

        machine.reset();

        assertThat(machine.serves()).isFalse();
        for (int index = 0; index < log.size(); index++) {
            assertThat(machine.isCaughtUp()).isFalse();
            replay(index);
        }
        assertThat(machine.serves()).isTrue();
    }

    /** What is below a snapshot is purged from the log; only the flush behind it says that it is in segments. */
    @Test
    void servesNothingBetweenASnapshotAndTheFlushThatLetItBePublished() throws IOException {
        open();
        append(1);
        byte[] snapshot = snapshot();
        LogPosition position = new LogPosition(1, log.size() - 1);
        append(2);
        flush();
        ShardMachine installed = new ShardMachine(new ShardId(0), 1 << 20, nanos::get);
        installed.leadershipChanged(FOLLOWS);

        installed.restore(new ByteArrayInputStream(snapshot), position);

        assertThat(installed.serves()).isFalse();
        installed.apply(new LogPosition(1, log.size() - 2), log.get(log.size() - 2));
        assertThat(installed.serves()).isFalse();
        installed.apply(new LogPosition(1, log.size() - 1), log.getLast());
        assertThat(installed.serves()).isTrue();
    }

    @Test
    void wakesWhoWaitsAndTellsItsListenerWhenItIsReplaced() {
        AtomicInteger restored = new AtomicInteger();
        AtomicInteger woken = new AtomicInteger();
        machine.listener(new ShardMachine.Listener() {
            @Override
            public void restored() {
                restored.incrementAndGet();
            }
        });
        machine.locked(() -> machine.watches().add(1, 0, woken::incrementAndGet));

        machine.reset();

        assertThat(restored).hasValue(1);
        assertThat(woken).hasValue(1);
    }

    private void open() {
        apply(EntryCodec.encode(0, new Command.OpenStreams(1, List.of(new StreamRange(1, 1, 0, TenantId.DEFAULT)))));
        Reply.SessionOpened opened = (Reply.SessionOpened)
                apply(EntryCodec.encode(0, new Command.OpenSession(Command.NO_SESSION, ProducerLimits.standard())));
        session = opened.session();
    }

    private void append(long mark) {
        AppendEncoder encoder = EntryCodec.append(0, session, sequence++);
        encoder.add(1, 0, Batches.plain(1, 8, mark));
        assertThat(apply(encoder.encode())).isInstanceOf(Reply.Appended.class);
    }

    private void flush() {
        LogRange all = new LogRange(0, log.size() - 1);
        assertThat(apply(EntryCodec.encode(0, new Command.SegmentsCommitted(all, Optional.empty()))))
                .isEqualTo(new Reply.Flushed(true, all.upTo()));
    }

    private Object apply(List<ByteBuffer> entry) {
        log.add(entry);
        return machine.apply(new LogPosition(1, log.size() - 1), entry);
    }

    private void replay(int index) {
        assertThat(machine.apply(new LogPosition(1, index), log.get(index))).isNotNull();
    }

    private byte[] snapshot() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ReplicatedState.Frozen frozen = machine.freeze()) {
            frozen.writeTo(out);
        }
        return out.toByteArray();
    }
}
