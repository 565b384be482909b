package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The check that fsync is real must fail when it is not. */
class SyscallTraceTest {
    private static final String LOG = "33</data/raft/wal/current/log_inprogress_0>";
    private static final String SOCKET = "40<TCP:[127.0.0.1:9092->127.0.0.1:50000]>";
    private static final String WRITE = "11 100.1 write(" + LOG + ", \"\\2\\0probe-1\\0\"..., 120) = 120";
    private static final String FORCE = "11 100.2 fdatasync(" + LOG + ") = 0";
    private static final String ANSWER = "12 100.3 writev(" + SOCKET + ", [{iov_base=\"\\0\", iov_len=1}], 1) = 1";

    private static SyscallTrace trace(String... lines) {
        return SyscallTrace.parse(List.of(lines), 9092);
    }

    private static boolean holds(String... lines) {
        return trace(lines).unforced("probe-1", 100.0, 101.0).isEmpty();
    }

    @Test
    void holdsWhenTheLogIsForcedBetweenWriteAndAnswer() {
        assertThat(holds(WRITE, FORCE, ANSWER)).isTrue();
    }

    @Test
    void holdsWhenTheForceIsInterruptedInTheTraceButEndsInTime() {
        assertThat(holds(
                        WRITE,
                        "11 100.15 fdatasync(" + LOG + " <unfinished ...>",
                        "13 100.16 write(1<pipe:[1]>, \"x\", 1) = 1",
                        "11 100.2 <... fdatasync resumed>) = 0",
                        ANSWER))
                .isTrue();
    }

    @Test
    void anotherConnectionsAnswerCountsForNothing() {
        assertThat(holds(WRITE, ANSWER.replace(":9092->", ":8080->"), FORCE, ANSWER))
                .isTrue();
    }

    @Test
    void failsWithoutAForce() {
        assertThat(holds(WRITE, ANSWER)).isFalse();
    }

    @Test
    void failsWhenTheForceComesAfterTheAnswer() {
        List<String> late = new ArrayList<>(List.of(WRITE, ANSWER, FORCE));
        assertThat(SyscallTrace.parse(late, 9092).unforced("probe-1", 100.0, 101.0))
                .isPresent();
    }

    @Test
    void failsWhenTheForceEndsAfterTheAnswer() {
        assertThat(holds(
                        WRITE,
                        "11 100.15 fdatasync(" + LOG + " <unfinished ...>",
                        ANSWER,
                        "11 100.4 <... fdatasync resumed>) = 0"))
                .isFalse();
    }

    @Test
    void failsWhenTheForceBeganBeforeTheWrite() {
        assertThat(holds(FORCE, WRITE, ANSWER)).isFalse();
    }

    @Test
    void failsWhenAnotherFileIsForced() {
        assertThat(holds(WRITE, FORCE.replace("log_inprogress_0", "raft-meta"), ANSWER))
                .isFalse();
    }

    @Test
    void failsWhenTheForceWasOnlyPretended() {
        assertThat(holds(WRITE, FORCE + " (INJECTED)", ANSWER)).isFalse();
    }

    @Test
    void failsWhenTheRecordWasNeverWritten() {
        assertThat(holds(WRITE.replace("probe-1", "probe-2"), FORCE, ANSWER)).isFalse();
    }
}
