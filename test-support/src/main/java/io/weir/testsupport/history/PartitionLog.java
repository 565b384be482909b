package io.weir.testsupport.history;

import io.weir.testsupport.history.Anomaly.Sight;
import io.weir.testsupport.history.Operation.Send;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a history shows of one partition: first filled, then {@link #freeze frozen}, then asked. */
final class PartitionLog {
    /** Which record each offset was first seen to have. */
    final Map<Long, Sight> sights = new HashMap<>();

    /** Offsets that were seen to have two. */
    final Set<Long> disputed = new HashSet<>();

    /** The writes sent here, whatever came of them. */
    final List<Written> writes = new ArrayList<>();

    private final List<Start> starts = new ArrayList<>();
    private List<Written> acknowledged = List.of();
    private long[] known = {};
    private long[] startTimes = {};
    private long[] leastFrom = {};

    /** At this time or later the partition began at this offset or before. */
    private record Start(long nanos, long offset) {}

    void beganAtMost(long nanos, long offset) {
        starts.add(new Start(nanos, offset));
    }

    void freeze() {
        acknowledged = writes.stream()
                .filter(Written::isAcknowledged)
                .sorted(Comparator.comparingLong(each -> completedNanos(each)))
                .toList();
        known = sights.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
        starts.sort(Comparator.comparingLong(Start::nanos));
        startTimes = starts.stream().mapToLong(Start::nanos).toArray();
        leastFrom = new long[startTimes.length];
        long least = Long.MAX_VALUE;
        for (int i = startTimes.length - 1; i >= 0; i--) {
            least = Math.min(least, starts.get(i).offset());
            leastFrom[i] = least;
        }
    }

    /** The acknowledged writes, by the time of their acknowledgement. */
    List<Written> acknowledged() {
        return acknowledged;
    }

    /** Whether no record was ever seen at these offsets. */
    boolean isUnseen(long from, long to) {
        int at = Arrays.binarySearch(known, from);
        int next = at < 0 ? -at - 1 : at;
        return next == known.length || known[next] >= to;
    }

    /** The greatest offset at which the partition may have begun at a time: none that was there later was trimmed. */
    long startAtMost(long nanos) {
        int low = 0;
        int high = startTimes.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (startTimes[middle] < nanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == startTimes.length ? Long.MAX_VALUE : leastFrom[low];
    }

    private static long completedNanos(Written written) {
        Send send = written.send;
        return send == null ? Long.MAX_VALUE : send.span().completedNanos();
    }
}
