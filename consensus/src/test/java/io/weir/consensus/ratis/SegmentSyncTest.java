package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentSyncTest {
    private static final int SEGMENT_BYTES = 1 << 16;

    @TempDir
    private Path group;

    private final List<Path> forced = new ArrayList<>();
    private Path log;
    private int newSegments;
    private SegmentSync segments;

    @BeforeEach
    void create() throws IOException {
        log = Files.createDirectory(group.resolve("current"));
        segments = new SegmentSync(log, SEGMENT_BYTES, forced::add, () -> newSegments++);
    }

    private Path open(long first) throws IOException {
        return Files.write(log.resolve("log_inprogress_" + first), new byte[8]);
    }

    @Test
    void forcesTheNamesBeforeTheFirstFsyncOfAFileAndNotAgain() throws Exception {
        // Given the first file of a log, and a second one
        Path first = open(0);
        segments.beforeFsync(-1);
        segments.beforeFsync(0);
        segments.beforeFsync(9);
        Path closed = Files.move(first, log.resolve("log_0-19"));
        Path second = open(20);

        // When entries of it are fsynced, in two flushes
        segments.beforeFsync(19);
        segments.beforeFsync(25);

        // Then the names are forced once for each file, behind the file in front of it
        assertThat(forced).containsExactly(group, log, closed, group, log);
        assertThat(newSegments).isEqualTo(2);
        assertThat(second).hasSize(SEGMENT_BYTES);
    }

    /** A deposed leader's writer has a file begun at 11, and then orders to truncate to 9, in its queue. */
    @Test
    void forcesAFileAndTheOneInFrontWhereTheLogWasTruncatedBehindANewFile() throws Exception {
        // Given a file that was begun and flushed before its log was truncated
        open(11);
        segments.beforeFsync(10);
        forced.clear();
        Files.delete(log.resolve("log_inprogress_11"));
        Path truncated = Files.write(log.resolve("log_0-8"), new byte[8]);

        // When entries in the truncated ones' place are fsynced, more of them than there were
        open(9);
        segments.beforeFsync(8);

        // Then the truncated file and the new one's name are forced before
        assertThat(forced).containsExactly(truncated, group, log);
    }

    @Test
    void forcesTheNameOfTheSnapshotThatIsInFrontOfAFile() throws Exception {
        open(5001);
        segments.beforeFsync(5000);
        assertThat(forced).containsExactly(group, log);
    }

    @Test
    void forcesNothingMoreWhereALogGoesOnInAFileOfTheProcessBefore() throws Exception {
        open(0);
        segments.beforeFsync(7);
        assertThat(forced).isEmpty();
    }
}
