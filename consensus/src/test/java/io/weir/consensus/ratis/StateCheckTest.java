package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateCheckTest {
    @TempDir
    private Path directory;

    private Peers<Faulty> peers;

    /** A journal that can be made to mishear. */
    private static final class Faulty extends JournalState {
        private volatile boolean mishears;

        @Override
        public Object apply(LogPosition position, List<ByteBuffer> entry) {
            return super.apply(position, mishears ? JournalState.entry("misheard") : entry);
        }
    }

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, Faulty::new).withElectionTimeout(Duration.ofSeconds(3));
        peers.startAll();
        peers.stand(1);
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    private void submit(String text) {
        assertThat(peers.group(1).submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }

    /** Asks all of them: perhaps in vain, as long as the question before is being answered. */
    private void publish() {
        assertThat(peers.group(1).prepareSnapshot().thenCompose(ConsensusGroup.PreparedSnapshot::publish))
                .succeedsWithin(60, TimeUnit.SECONDS);
    }

    /** Asks behind an entry, and again where the leader was still busy with the question before; returns its index. */
    private long hashBehind(long entry) {
        AtomicLong asked = new AtomicLong(entry);
        AtomicLong againNanos = new AtomicLong(System.nanoTime());
        Eventually.holds(() -> {
            if (System.nanoTime() - againNanos.get() >= 0) {
                publish();
                asked.incrementAndGet();
                againNanos.set(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
            }
            return peers.group(1).applied().index() > asked.get();
        });
        return asked.get() + 1;
    }

    @Test
    void statesThatAreEqualRaiseNoAlarm() {
        for (int i = 0; i < 3; i++) {
            long before = peers.group(1).applied().index();
            submit("e" + i);
            // The entry, the question and the hash have gone by everywhere.
            long hash = hashBehind(before + 1);
            for (int node : peers.nodes()) {
                Eventually.holds(() -> peers.group(node).applied().index() >= hash);
                assertThat(peers.group(node).divergence()).isEmpty();
            }
        }
        // And the state saw none of the group's own entries
        for (int node : peers.nodes()) {
            assertThat(peers.state(node).texts()).containsExactly("e0", "e1", "e2");
        }
    }

    @Test
    void aFollowerWhoseStateDivergesIsSeen() {
        submit("same");
        publish();
        peers.state(2).mishears = true;

        submit("different");

        Eventually.holds(() -> {
            publish();
            return peers.group(2).divergence().isPresent();
        });
        assertThat(peers.group(1).divergence()).isEmpty();
        assertThat(peers.group(3).divergence()).isEmpty();
        assertThat(peers.meters(2)
                        .get("weir.consensus.diverged")
                        .tag("group", Peers.GROUP)
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void aQuestionThatNoThreadCanAnswerIsLeftAndTheNextOneAnswered() {
        // Given a check that has no thread for once
        List<List<ByteBuffer>> written = new ArrayList<>();
        AtomicInteger threads = new AtomicInteger();
        StateCheck check = new StateCheck(
                "journal",
                work -> {
                    if (threads.getAndIncrement() == 0) {
                        throw new OutOfMemoryError("unable to create native thread (asked for by the test)");
                    }
                    work.run();
                },
                entry -> {
                    written.add(entry);
                    return CompletableFuture.completedFuture(true);
                });
        JournalState state = new JournalState();
        check.begin();
        List<ByteBuffer> question = written.removeFirst();

        // When it is asked, and asked again
        check.applied(new LogPosition(1, 5), question, state);
        assertThat(written).isEmpty();
        check.applied(new LogPosition(1, 6), question, state);

        // Then only the second one has an answer
        assertThat(written).hasSize(1);
    }
}
