package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.process.FreePorts;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica that was removed while it was away, and by its own log still is one of the peers. */
class RemovedReplicaTest {
    private static final int REMOVED = 4;

    @TempDir
    private Path directory;

    private Peers<Counting> peers;

    /** A journal that counts how often it is begun anew. */
    private static final class Counting extends JournalState {
        private final AtomicInteger openings = new AtomicInteger();

        @Override
        public void reset() {
            openings.incrementAndGet();
            super.reset();
        }
    }

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, Counting::new);
        peers.startAll();
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    @Test
    void isNotOpenedAgainAndAgain() throws Exception {
        // Given a fourth peer that is stopped, and removed
        int port = FreePorts.next();
        peers.join(REMOVED, port);
        PeerId fourth = peers.membership(REMOVED).self();
        Eventually.holds(() -> peers.membership(peers.leader())
                        .add(new Peer(fourth, "127.0.0.1", port))
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof MembershipChange.Done);
        Eventually.holds(() -> peers.group(peers.leader())
                        .submit(JournalState.entry("a"))
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof Submission.Applied);
        Eventually.holds(() -> !peers.state(REMOVED).texts().isEmpty());
        peers.stop(REMOVED);
        Eventually.holds(() -> peers.membership(peers.leader())
                        .remove(fourth)
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof MembershipChange.Done);

        // When it comes back
        RatisGroup group = (RatisGroup) peers.join(REMOVED, port);

        // Then it says what it is, and leaves it at that
        Eventually.holds(() -> group.failure()
                .filter(why -> why.contains("was removed from group journal"))
                .isPresent());
        int openings = peers.state(REMOVED).openings.get();
        long late = System.nanoTime() + Peers.ELECTION_TIMEOUT.multipliedBy(6).toNanos();
        Eventually.holds(() -> System.nanoTime() - late > 0);
        assertThat(peers.state(REMOVED).openings).hasValue(openings);
        assertThat(openings).isLessThanOrEqualTo(2);
        assertThat(group.files().log().resolveSibling(GroupFiles.FAILED_FILE)).doesNotExist();
    }
}
