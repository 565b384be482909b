package io.weir.testsupport.history;

import io.weir.testsupport.history.Anomaly.LostWrite;
import io.weir.testsupport.history.Anomaly.NonMonotonicPoll;
import io.weir.testsupport.history.Anomaly.SkippedOffsets;
import io.weir.testsupport.history.Anomaly.StartBeforeCommit;
import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Revoked;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Seek;
import io.weir.testsupport.history.Operation.Send;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Each consumer is given the offsets of a partition one after the other, from where it stands: behind what it was given
 * last, where it went, or at what its group has committed. A scan finds all that was acknowledged before it.
 */
final class ConsumerCheck {
    private final History history;
    private final LogCheck logs;
    private final GroupCheck groups;
    private final Consumer<Anomaly> anomalies;
    private final List<Gap> gaps = new ArrayList<>();
    private final List<Finished> scans = new ArrayList<>();

    ConsumerCheck(History history, LogCheck logs, GroupCheck groups, Consumer<Anomaly> anomalies) {
        this.history = history;
        this.logs = logs;
        this.groups = groups;
        this.anomalies = anomalies;
    }

    private sealed interface Position {
        /** At an offset since an operation. */
        record At(long offset, Operation since) implements Position {}

        /** At what the group has committed, not known until the first record comes. */
        record Committed(Assigned assigned) implements Position {}
    }

    /** A jump; whether it was right is known once all consumers have shown where the partition began. */
    private record Gap(Partition partition, String consumer, long from, long to, Operation before, Operation after) {}

    /** A scan and the values that it found, ascending. */
    private static final class Finished {
        private final Scan scan;
        private final long[] values;

        Finished(Scan scan, LongStream values) {
            this.scan = scan;
            this.values = values.sorted().toArray();
        }

        boolean found(long value) {
            return Arrays.binarySearch(values, value) >= 0;
        }
    }

    /** One thing that happens to a consumer; a scan begins and ends. */
    private record Step(long nanos, boolean begins, Operation operation) {}

    void run() {
        Map<String, List<Step>> consumers = new HashMap<>();
        for (Operation operation : history.operations()) {
            switch (operation) {
                case Poll poll -> add(consumers, poll.consumer(), poll);
                case Seek seek -> add(consumers, seek.consumer(), seek);
                case Assigned assigned -> add(consumers, assigned.consumer(), assigned);
                case Revoked revoked -> add(consumers, revoked.consumer(), revoked);
                case Scan scan -> {
                    steps(consumers, scan.consumer()).add(new Step(scan.span().invokedNanos(), true, scan));
                    add(consumers, scan.consumer(), scan);
                }
                case Send _, Commit _, Fetch _ -> {}
            }
        }
        for (List<Step> steps : consumers.values()) {
            steps.sort(Comparator.comparingLong(Step::nanos));
            Walk walk = new Walk();
            steps.forEach(walk::step);
        }
        logs.logs().values().forEach(PartitionLog::freeze);
        gaps.stream()
                .filter(each -> !isRight(each))
                .forEach(each -> anomalies.accept(
                        new SkippedOffsets(each.partition(), each.from(), each.to(), each.before(), each.after())));
        scans.forEach(this::checkLost);
    }

    private static void add(Map<String, List<Step>> consumers, String consumer, Operation operation) {
        if (operation.span().isOk() || operation instanceof Scan) {
            steps(consumers, consumer).add(new Step(operation.span().completedNanos(), false, operation));
        }
    }

    private static List<Step> steps(Map<String, List<Step>> consumers, String consumer) {
        return consumers.computeIfAbsent(consumer, none -> new ArrayList<>());
    }

    /** One consumer's way. */
    private final class Walk {
        private final Map<Partition, Position> positions = new HashMap<>();
        private final Map<Partition, LongStream.Builder> scanned = new HashMap<>();

        void step(Step step) {
            switch (step.operation()) {
                case Poll poll -> poll.runs().forEach(run -> given(run, poll));
                case Seek seek -> positions.put(seek.partition(), new Position.At(seek.offset(), seek));
                case Assigned assigned ->
                    assigned.partitions().forEach(each -> positions.put(each, new Position.Committed(assigned)));
                case Revoked revoked -> revoked.partitions().forEach(positions::remove);
                case Scan scan when step.begins() -> begin(scan);
                case Scan scan -> end(scan);
                case Send _, Commit _, Fetch _ ->
                    throw new IllegalStateException("No step of a consumer: " + step.operation());
            }
        }

        private void given(Run run, Poll poll) {
            LongStream.Builder values = scanned.get(run.partition());
            for (int i = 0; values != null && i < run.size(); i++) {
                values.add(run.value(i));
            }
            switch (positions.get(run.partition())) {
                case Position.At at -> goOn(at, run, poll);
                case Position.Committed committed -> start(committed.assigned(), run, poll);
                case null -> {}
            }
            positions.put(run.partition(), new Position.At(run.end(), poll));
        }

        private void goOn(Position.At at, Run run, Poll poll) {
            if (!(at.since() instanceof Poll)) {
                // It was fetched since then; the records of later polls may have waited in the client.
                logs.log(run.partition()).beganAtMost(begun(at.since()), run.offset());
            }
            if (run.offset() < at.offset()) {
                anomalies.accept(new NonMonotonicPoll(run.partition(), at.offset(), run.offset(), at.since(), poll));
            } else if (run.offset() > at.offset()) {
                gaps.add(new Gap(run.partition(), poll.consumer(), at.offset(), run.offset(), at.since(), poll));
            }
        }

        private void start(Assigned assigned, Run run, Poll poll) {
            long from = assigned.span().invokedNanos();
            long to = poll.span().completedNanos();
            logs.log(run.partition()).beganAtMost(from, run.offset());
            CommittedOffsets committed = groups.offsets(assigned.group(), run.partition());
            boolean mayBeNone = committed.mayBe(Operation.NONE, from, to);
            if (mayBeNone && history.allows(Allowance.FROM_LATEST, poll.consumer())) {
                return;
            }
            OptionalLong answer = committed.greatest(run.offset(), from, to);
            Commit newest = committed.newestCommit(from);
            if (answer.isPresent()) {
                long position = Math.max(0, answer.getAsLong());
                if (position < run.offset()) {
                    gaps.add(new Gap(run.partition(), poll.consumer(), position, run.offset(), assigned, poll));
                }
            } else if (newest != null) {
                anomalies.accept(new StartBeforeCommit(run.partition(), run.offset(), newest, assigned, poll));
            }
        }

        private void begin(Scan scan) {
            if (scan.span().isOk()) {
                positions.put(scan.partition(), new Position.At(0, scan));
                if (scanned.put(scan.partition(), LongStream.builder()) != null) {
                    throw new IllegalArgumentException("Two scans at a time: " + HistoryText.line(scan));
                }
            } else {
                positions.remove(scan.partition());
            }
        }

        private void end(Scan scan) {
            LongStream.Builder values = scanned.remove(scan.partition());
            if (!scan.span().isOk() || values == null) {
                return;
            }
            Operation last = scan;
            if (positions.get(scan.partition()) instanceof Position.At at) {
                last = at.since();
                if (at.offset() < scan.end()) {
                    gaps.add(new Gap(scan.partition(), scan.consumer(), at.offset(), scan.end(), at.since(), scan));
                }
            }
            // The start was asked for once the end was reached.
            logs.log(scan.partition())
                    .beganAtMost(last instanceof Poll ? last.span().completedNanos() : begun(last), scan.start());
            scans.add(new Finished(scan, values.build()));
        }
    }

    /** When a consumer stood where the operation puts it. */
    private static long begun(Operation operation) {
        return operation instanceof Scan
                ? operation.span().invokedNanos()
                : operation.span().completedNanos();
    }

    private boolean isRight(Gap gap) {
        String topic = gap.partition().topic();
        boolean trimmed = history.allows(Allowance.TRIMMED, topic);
        if (history.allows(Allowance.COMPACTED, topic)
                || (trimmed && history.allows(Allowance.FROM_LATEST, gap.consumer()))) {
            return true;
        }
        PartitionLog log = logs.log(gap.partition());
        long start = gap.from();
        if (trimmed) {
            start = Math.max(
                    start, Math.min(gap.to(), log.startAtMost(gap.after().span().completedNanos())));
        }
        return start == gap.to() || (history.allows(Allowance.MARKERS, topic) && log.isUnseen(start, gap.to()));
    }

    private void checkLost(Finished finished) {
        Scan scan = finished.scan;
        String topic = scan.partition().topic();
        boolean trimmed = history.allows(Allowance.TRIMMED, topic);
        boolean compacted = history.allows(Allowance.COMPACTED, topic);
        for (Written written : logs.log(scan.partition()).acknowledged()) {
            @Nullable Send send = written.send;
            if (send == null || send.span().completedNanos() >= scan.span().invokedNanos()) {
                return;
            }
            if (finished.found(send.value())) {
                written.confirmed = true;
                continue;
            }
            boolean mayBeGone = compacted || (trimmed && send.offset() < scan.start());
            if (!mayBeGone || send.offset() >= scan.end()) {
                anomalies.accept(new LostWrite(send, scan));
            }
        }
    }
}
