package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that is started with software from before the snapshots that it has, or is sent. */
class UnknownSnapshotTest {
    private static final int MIB = 1 << 20;
    private static final int ENTRIES = 60;
    private static final int ENTRY_BYTES = 50_000;

    @TempDir
    private Path directory;

    private Peers<Versioned> peers;
    /** Of the nodes that are started from now on. */
    private volatile boolean isOld;

    private volatile CountDownLatch restoring = new CountDownLatch(0);
    private volatile CountDownLatch mayFail = new CountDownLatch(0);

    private void awaitGate() {
        try {
            assertThat(mayFail.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A journal of which an old version reads no snapshot. */
    private final class Versioned extends JournalState {
        private final boolean reads = !isOld;

        @Override
        public void restore(InputStream snapshot, LogPosition position) throws IOException {
            if (!reads) {
                restoring.countDown();
                awaitGate();
                throw new IOException("Snapshot has version 2, known is 1");
            }
            super.restore(snapshot, position);
        }
    }

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, Versioned::new)
                .with(UnknownSnapshotTest::small)
                .withElectionTimeout(Duration.ofSeconds(2));
        peers.startAll();
        peers.stand(2);
    }

    private static ConsensusConfig small(ConsensusConfig config) {
        return new ConsensusConfig(
                config.directory(),
                new ConsensusConfig.Limits(MIB, MIB),
                Map.of(),
                64,
                8 * MIB,
                config.electionTimeout(),
                config.openTimeout(),
                config.reopenAfter(),
                config.reopenAfter(),
                0,
                config.cluster());
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    private void submit(String text) throws Exception {
        assertThat(peers.group(2).submit(JournalState.entry(text)).get(60, TimeUnit.SECONDS))
                .isInstanceOf(Submission.Applied.class);
    }

    private void publish(int node) throws Exception {
        peers.group(node).prepareSnapshot().get(60, TimeUnit.SECONDS).publish().get(60, TimeUnit.SECONDS);
    }

    /** The log is several files long, and purged wherever it still is; node 1 does not run. */
    private List<String> purgePastWhatNodeOneHas() throws Exception {
        peers.stop(1);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            texts.add(i + "x".repeat(ENTRY_BYTES));
            submit(texts.getLast());
        }
        for (int node : peers.nodes()) {
            has(node, texts);
            publish(node);
        }
        return texts;
    }

    private void has(int node, List<String> texts) {
        Eventually.holds(() -> peers.state(node).texts().equals(texts));
    }

    @Test
    void aReplicaWithASnapshotThatItDoesNotKnowRefusesToStartAndIsNotSetAside() throws Exception {
        // Given
        submit("before");
        has(1, List.of("before"));
        publish(1);
        peers.stop(1);

        // When it is started by old software, twice
        isOld = true;
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> peers.start(1))
                    .isInstanceOfSatisfying(
                            ServiceException.class, it -> assertThat(it.code()).isEqualTo(FailureCode.INTERNAL))
                    .hasMessageContaining("version 2");
            peers.stop(1);
        }

        // Then the replica is the same one, and goes on with the software that knows it
        isOld = false;
        peers.start(1);
        submit("after");
        has(1, List.of("before", "after"));
        assertThat(peers.membership(1).self().incarnation()).isEqualTo(1);
        assertThat(peers.directoryOf(1).resolveSibling("raft-damaged")).doesNotExist();
    }

    /** The library's thread that applies neither goes on nor ends when it fails while its group is being closed. */
    @Test
    void aNodeThatIsBeingStoppedWhileItFailsToRestoreASnapshotEnds() throws Exception {
        // Given a replica that is in the middle of a snapshot that it will not know
        purgePastWhatNodeOneHas();
        restoring = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        mayFail = gate;
        isOld = true;
        peers.start(1);
        assertThat(restoring.await(60, TimeUnit.SECONDS)).isTrue();

        // When its node ends, and it fails then
        RaftServer.Division division = peers.division(1);
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> peers.stop(1));
        Eventually.holds(() -> division.getInfo().getLifeCycleState() == LifeCycle.State.CLOSING);
        gate.countDown();

        // Then the node does
        stopping.get(60, TimeUnit.SECONDS);
    }

    @Test
    void aReplicaThatIsSentASnapshotThatItDoesNotKnowWaitsForSoftwareThatDoes() throws Exception {
        // Given a replica of old software
        List<String> texts = purgePastWhatNodeOneHas();
        isOld = true;
        peers.start(1);
        Eventually.holds(() -> peers.group(1).failure().isPresent());

        // When it is started by the software that knows it
        peers.stop(1);
        isOld = false;
        peers.start(1);

        // Then it has everything, and is the same replica
        submit("after");
        texts.add("after");
        has(1, texts);
        assertThat(peers.membership(1).self().incarnation()).isEqualTo(1);
    }
}
