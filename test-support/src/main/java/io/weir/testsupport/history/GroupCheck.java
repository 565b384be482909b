package io.weir.testsupport.history;

import io.weir.testsupport.history.Anomaly.GroupOffsetBack;
import io.weir.testsupport.history.Anomaly.UncommittedOffset;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What a group is told to have committed is the last that was. */
final class GroupCheck {
    private record Key(String group, Partition partition) {}

    private final History history;
    private final Consumer<Anomaly> anomalies;
    private final Map<Key, CommittedOffsets> offsets = new HashMap<>();

    GroupCheck(History history, Consumer<Anomaly> anomalies) {
        this.history = history;
        this.anomalies = anomalies;
    }

    CommittedOffsets offsets(String group, Partition partition) {
        return offsets.computeIfAbsent(new Key(group, partition), none -> {
            CommittedOffsets empty = new CommittedOffsets();
            empty.freeze();
            return empty;
        });
    }

    void run() {
        operations(Commit.class)
                .forEach(commit -> commit.offsets()
                        .forEach((partition, offset) -> offsets.computeIfAbsent(
                                        new Key(commit.group(), partition), none -> new CommittedOffsets())
                                .committed(commit, offset)));
        offsets.values().forEach(CommittedOffsets::sort);
        operations(Fetch.class)
                .filter(each -> each.span().isOk())
                .forEach(fetch -> fetch.offsets().forEach((partition, offset) -> {
                    CommittedOffsets committed = offsets.get(new Key(fetch.group(), partition));
                    if (committed != null) {
                        committed.answered(offset, fetch.span().completedNanos());
                    }
                }));
        offsets.values().forEach(CommittedOffsets::freeze);
        operations(Fetch.class)
                .filter(each -> each.span().isOk())
                .forEach(fetch -> fetch.offsets().forEach((partition, offset) -> check(fetch, partition, offset)));
    }

    private void check(Fetch fetch, Partition partition, long found) {
        CommittedOffsets committed = offsets(fetch.group(), partition);
        long invoked = fetch.span().invokedNanos();
        long completed = fetch.span().completedNanos();
        Commit newer = committed.newestCommit(invoked);
        if (!committed.isKnown(found, completed)) {
            anomalies.accept(new UncommittedOffset(partition, found, fetch));
        } else if (newer != null && !committed.mayBe(found, invoked, completed)) {
            anomalies.accept(new GroupOffsetBack(partition, found, newer, fetch));
        }
    }

    private <T extends Operation> Stream<T> operations(Class<T> kind) {
        return history.operations().stream().filter(kind::isInstance).map(kind::cast);
    }
}
