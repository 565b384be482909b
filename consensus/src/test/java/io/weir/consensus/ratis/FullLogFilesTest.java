package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.raftlog.RaftLogBase;
import org.apache.ratis.util.AwaitToRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that is closed while what it has cached of its files is about to be evicted. */
class FullLogFilesTest {
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int ENTRIES = 12;

    @TempDir
    private Path directory;

    @Test
    void endsThoughItsCacheIsAboutToBeEvicted() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        JournalState state = new JournalState();
        RatisConsensus consensus = new RatisConsensus(
                ConsensusConfig.defaults(directory)
                        .withLimits("journal", new ConsensusConfig.Limits(SEGMENT_BYTES, SEGMENT_BYTES)),
                new SimpleMeterRegistry());
        // Given a log of several files
        RatisGroup group = (RatisGroup) consensus.open("journal", state);
        for (int i = 0; i < ENTRIES; i++) {
            assertThat(group.submit(JournalState.entry("x".repeat(SEGMENT_BYTES / 2)))
                            .get(60, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Applied.class);
        }
        RaftLogBase log =
                (RaftLogBase) Objects.requireNonNull(group.running()).division().getRaftLog();

        // When its closing waits for the log's lock, and behind it what evicts
        Thread closing = Thread.ofPlatform().daemon().unstarted(consensus::close);
        try (var _ = log.writeLock()) {
            closing.start();
            Eventually.holds(() -> waitsForLock("SegmentedRaftLog", "close"));
            for (long index = log.getStartIndex(); index < ENTRIES; index++) {
                assertThat(log.get(index)).isNotNull();
            }
            Eventually.holds(() -> waitsForLock("SegmentedRaftLog", "checkAndEvictCache"));
        }

        // Then it ends
        assertThat(closing.join(Duration.ofSeconds(30))).isTrue();
        Eventually.holds(() -> Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .noneMatch(thread -> thread.getName().endsWith(AwaitToRun.class.getSimpleName())));
    }

    /** Whether a thread does, in this method. */
    private static boolean waitsForLock(String type, String method) {
        return Thread.getAllStackTraces().values().stream()
                .anyMatch(frames -> Arrays.stream(frames)
                                .anyMatch(frame -> frame.getMethodName().equals("writeLock"))
                        && Arrays.stream(frames)
                                .anyMatch(frame -> frame.getClassName().endsWith(type)
                                        && frame.getMethodName().equals(method)));
    }
}
