package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer that alone can be elected, and whose election fails. */
class CandidateTest {
    private static final int CANDIDATE = 2;
    private static final int BEHIND = 3;

    @TempDir
    private Path directory;

    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new);
        peers.startAll();
    }

    @AfterEach
    void stop() {
        peers.close();
    }

    private void submitted(String text) {
        Eventually.holds(() -> peers.group(peers.leader())
                        .submit(JournalState.entry(text))
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join()
                instanceof Submission.Applied);
    }

    @Test
    void standsAgainAfterItsTermCouldNotBeWritten() throws Exception {
        // Given two of three, of which one lacks what was committed without it
        submitted("first");
        Eventually.holds(() -> !peers.state(BEHIND).texts().isEmpty());
        peers.stop(BEHIND);
        peers.lead(1);
        submitted("missed by one");
        RatisGroup candidate = (RatisGroup) peers.group(CANDIDATE);
        Eventually.holds(
                () -> peers.state(CANDIDATE).texts().equals(peers.state(1).texts()));
        RaftServer.Division division = peers.division(CANDIDATE);
        long term = division.getInfo().getCurrentTerm();
        // When the other stands for election, and its term cannot be written
        Path obstacle = Files.createDirectory(candidate.files().log().resolve(GroupFiles.TERM_FILE + ".tmp"));
        peers.stop(1);
        peers.start(BEHIND);
        Eventually.holds(() -> division.getInfo().getCurrentTerm() > term);
        assertThat(candidate.leadership()).isNotInstanceOf(Leadership.Leading.class);
        Files.delete(obstacle);
        // Then it leads once it can be
        Eventually.holds(() -> candidate.leadership() instanceof Leadership.Leading);
        submitted("after");
        Eventually.holds(() -> peers.state(BEHIND).texts().equals(List.of("first", "missed by one", "after")));
    }
}
