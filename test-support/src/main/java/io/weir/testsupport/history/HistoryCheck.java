package io.weir.testsupport.history;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds what no correct cluster could have answered; what a cluster may answer is never accused. Of n operations and
 * records read, O(n log n) time and O(n) memory.
 *
 * <p>Not judged: whether the writes of a transaction become visible together, whether two members own a partition at a
 * time, what a consumer was given after an operation that did not end well, and what a commit may contain.
 */
public final class HistoryCheck {
    private HistoryCheck() {}

    /**
     * Judges a history.
     *
     * @throws IllegalArgumentException if it cannot be one: a value or a producer's sequence number is used twice, or a
     *     consumer scans a partition twice at a time
     */
    public static Verdict of(History history) {
        List<Anomaly> anomalies = new ArrayList<>();
        LogCheck logs = new LogCheck(history, anomalies::add);
        logs.run();
        GroupCheck groups = new GroupCheck(history, anomalies::add);
        groups.run();
        new ConsumerCheck(history, logs, groups, anomalies::add).run();
        long acknowledged = 0;
        long confirmed = 0;
        for (PartitionLog log : logs.logs().values()) {
            acknowledged += log.acknowledged().size();
            confirmed +=
                    log.acknowledged().stream().filter(each -> each.confirmed).count();
        }
        return new Verdict(anomalies, acknowledged, confirmed);
    }
}
