package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader whose log is written no more, without an error. */
class HungDiskTest {
    private static final String WRITER_STARTS = "SegmentedRaftLogWorker.runWorker";
    private static final int LEADER = 1;

    @TempDir
    private Path directory;

    private final CountDownLatch works = new CountDownLatch(1);
    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new);
        String leader = peers.nameOf(LEADER).toString();
        CodeInjectionForTesting.put(
                WRITER_STARTS,
                (local, remote, arguments) -> leader.equals(local.toString()) && HeldAnswers.awaited(works));
        peers.startAll();
    }

    @AfterEach
    void stop() {
        works.countDown();
        peers.close();
        CodeInjectionForTesting.remove(WRITER_STARTS);
    }

    /** Waits until it says that it does; false when the others have elected somebody else before. */
    private static boolean isSteppingDown(RatisGroup group, RaftServer.Division division) {
        AtomicBoolean hangs = new AtomicBoolean();
        Eventually.holds(() -> {
            // In this order: it says why before it does
            boolean leads = division.getInfo().isLeader();
            hangs.set(group.failure()
                    .filter(why -> why.contains("The disk of group journal hangs"))
                    .isPresent());
            return hangs.get() || !leads;
        });
        return hangs.get();
    }

    @Test
    void anotherLeadsWhenTheLeadersDiskTakesNothing() throws Exception {
        // Given a leader that the others hear from, and that commits nothing
        RatisGroup group = (RatisGroup) peers.group(LEADER);
        RaftServer.Division division = peers.division(LEADER);
        peers.standUntil(LEADER, () -> division.getInfo().isLeader());
        // Then it steps down, says why, and stays a follower
        while (!isSteppingDown(group, division)) {
            peers.standUntil(LEADER, () -> division.getInfo().isLeader());
        }
        assertThat(group.submit(JournalState.entry("refused")))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.NotAccepted.class);
        Eventually.holds(() -> peers.group(peers.leader())
                        .submit(JournalState.entry("a"))
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof Submission.Applied);
        assertThat(group.leadership()).isNotInstanceOf(Leadership.Leading.class);
        // And when the disk works again it is as good as any
        works.countDown();
        Eventually.holds(() -> group.failure().isEmpty());
        Eventually.holds(() -> peers.state(LEADER).texts().equals(List.of("a")));
        peers.lead(LEADER);
    }
}
