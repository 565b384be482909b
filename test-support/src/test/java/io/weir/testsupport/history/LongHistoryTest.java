package io.weir.testsupport.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Send;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The cost of a check is about in proportion to its history. */
class LongHistoryTest {
    private static final int SENDS = 600_000;
    private static final int A_POLL = 3;

    /** A few seconds on a machine that does nothing else; anything quadratic takes hours. */
    private static final Duration AT_MOST = Duration.ofMinutes(2);

    private final List<Operation> operations = new ArrayList<>();
    private final Partition partition = new Partition("t", 0);
    private long now;

    private Span span(Outcome outcome) {
        return new Span(++now, ++now, outcome);
    }

    /** Sends, a commit and a rebalance behind each poll, commits that nobody knows the fate of, and a scan. */
    @Test
    void judgesAMillionOperationsInSeconds() {
        for (int i = 0; i < SENDS; i++) {
            operations.add(new Send(span(Outcome.OK), "p" + i % 5, i, partition, i, i));
        }
        long invoked = ++now;
        for (int i = 0; i < SENDS; i += A_POLL) {
            operations.add(new Poll(span(Outcome.OK), "scanner", List.of(new Run(partition, i, i, i + 1, i + 2))));
        }
        operations.add(new Scan(new Span(invoked, ++now, Outcome.OK), "scanner", partition, 0, SENDS));
        for (int i = 0; operations.size() < 1_000_000; i++) {
            operations.add(new Assigned(span(Outcome.OK), "c", "g", List.of(partition)));
            operations.add(new Poll(span(Outcome.OK), "c", List.of(new Run(partition, i, i))));
            operations.add(new Commit(span(Outcome.UNKNOWN), "lost", "g", Map.of(partition, 0L)));
            operations.add(new Commit(span(Outcome.OK), "c", "g", Map.of(partition, i + 1L)));
            operations.add(new Fetch(span(Outcome.OK), "x", "g", Map.of(partition, i + 1L)));
        }
        History history = new History(Map.of(), operations);

        Verdict verdict = assertTimeout(AT_MOST, () -> HistoryCheck.of(history));

        assertThat(verdict.anomalies()).isEmpty();
        assertThat(verdict.confirmed()).isEqualTo(SENDS);
    }
}
