package io.weir.testsupport.history;

import io.weir.testsupport.history.Anomaly.DuplicateWrite;
import io.weir.testsupport.history.Anomaly.InconsistentOffset;
import io.weir.testsupport.history.Anomaly.NonMonotonicSend;
import io.weir.testsupport.history.Anomaly.RefusedRead;
import io.weir.testsupport.history.Anomaly.Sight;
import io.weir.testsupport.history.Anomaly.UnsentRead;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Send;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One record at an offset, each record once, nothing that was not sent, and in the order in which it was sent. */
final class LogCheck {
    private final History history;
    private final Consumer<Anomaly> anomalies;
    private final Map<Long, Written> writes = new HashMap<>();
    private final Map<Partition, PartitionLog> logs = new HashMap<>();

    LogCheck(History history, Consumer<Anomaly> anomalies) {
        this.history = history;
        this.anomalies = anomalies;
    }

    /** What is known of each partition. */
    Map<Partition, PartitionLog> logs() {
        return logs;
    }

    PartitionLog log(Partition partition) {
        return logs.computeIfAbsent(partition, none -> new PartitionLog());
    }

    void run() {
        for (Operation operation : history.operations()) {
            if (operation instanceof Send send) {
                Written written = new Written(send);
                if (writes.put(send.value(), written) != null) {
                    throw new IllegalArgumentException("Value " + send.value() + " was sent twice");
                }
                log(send.partition()).writes.add(written);
            }
        }
        // What is read is held against acknowledgements, so these come first.
        for (Operation operation : history.operations()) {
            if (operation instanceof Send send && send.span().isOk() && send.offset() != Operation.NONE) {
                see(send.partition(), new Sight(send.offset(), send.value(), send));
            }
        }
        for (Operation operation : history.operations()) {
            if (operation instanceof Poll poll && poll.span().isOk()) {
                see(poll);
            }
        }
        for (PartitionLog log : logs.values()) {
            checkProducers(log);
            checkRealTime(log);
        }
    }

    private void see(Poll poll) {
        for (Run run : poll.runs()) {
            for (int i = 0; i < run.size(); i++) {
                Sight sight = new Sight(run.offset() + i, run.value(i), poll);
                accuse(run.partition(), sight, poll);
                see(run.partition(), sight);
            }
        }
    }

    private void accuse(Partition partition, Sight sight, Poll poll) {
        Written written = writes.computeIfAbsent(sight.value(), none -> new Written(null));
        Send send = written.send;
        if (written.accused) {
            return;
        }
        if (send == null
                || !send.partition().equals(partition)
                || poll.span().completedNanos() < send.span().invokedNanos()) {
            written.accused = true;
            anomalies.accept(new UnsentRead(partition, sight));
        } else if (send.span().outcome() == Outcome.FAILED) {
            written.accused = true;
            anomalies.accept(new RefusedRead(send, sight));
        }
    }

    private void see(Partition partition, Sight sight) {
        PartitionLog log = log(partition);
        Sight there = log.sights.putIfAbsent(sight.offset(), sight);
        if (there != null) {
            if (there.value() != sight.value() && log.disputed.add(sight.offset())) {
                anomalies.accept(new InconsistentOffset(partition, there, sight));
            }
            return;
        }
        Written written = writes.computeIfAbsent(sight.value(), none -> new Written(null));
        if (written.send != null && !written.send.partition().equals(partition)) {
            return;
        }
        Sight first = written.first;
        if (first == null) {
            written.first = sight;
        } else if (written.send == null || !history.allows(Allowance.REPEATS, written.send.producer())) {
            anomalies.accept(new DuplicateWrite(partition, sight.value(), first, sight));
        }
    }

    /** Whoever promises order keeps it, for records too of which only a reader knows that they are there. */
    private void checkProducers(PartitionLog log) {
        Map<String, List<Send>> producers = new HashMap<>();
        for (Written written : log.writes) {
            if (written.send != null && !history.allows(Allowance.REORDERS, written.send.producer())) {
                producers
                        .computeIfAbsent(written.send.producer(), none -> new ArrayList<>())
                        .add(written.send);
            }
        }
        for (List<Send> sends : producers.values()) {
            sends.sort(Comparator.comparingLong(Send::sequence));
            @Nullable Send last = null;
            @Nullable Send highest = null;
            for (Send send : sends) {
                if (last != null && last.sequence() == send.sequence()) {
                    throw new IllegalArgumentException(
                            "Producer " + send.producer() + " used sequence number " + send.sequence() + " twice");
                }
                last = send;
                highest = higher(highest, send);
            }
        }
    }

    /** The send of the higher offset, and an anomaly if that is the earlier one. */
    private @Nullable Send higher(@Nullable Send before, Send send) {
        long offset = offset(send);
        if (offset == Operation.NONE) {
            return before;
        }
        if (before == null || offset(before) <= offset) {
            return send;
        }
        anomalies.accept(new NonMonotonicSend(before, offset(before), send, offset));
        return before;
    }

    /** A record sent when another was acknowledged comes behind it, whoever sent them. */
    private void checkRealTime(PartitionLog log) {
        List<Send> byEnd = new ArrayList<>();
        for (Written written : log.writes) {
            Send send = written.send;
            if (send != null && written.isAcknowledged() && send.offset() != Operation.NONE) {
                byEnd.add(send);
            }
        }
        List<Send> byBeginning = new ArrayList<>(byEnd);
        byBeginning.sort(Comparator.comparingLong(each -> each.span().invokedNanos()));
        byEnd.sort(Comparator.comparingLong(each -> each.span().completedNanos()));
        @Nullable Send highest = null;
        int ended = 0;
        for (Send send : byBeginning) {
            while (byEnd.get(ended).span().completedNanos() < send.span().invokedNanos()) {
                Send each = byEnd.get(ended++);
                highest = highest == null || each.offset() > highest.offset() ? each : highest;
            }
            if (highest != null && send.offset() < highest.offset() && !isOrderOfOne(highest, send)) {
                anomalies.accept(new NonMonotonicSend(highest, highest.offset(), send, send.offset()));
            }
        }
    }

    /** Whether {@link #checkProducers} has judged this pair. */
    private boolean isOrderOfOne(Send first, Send second) {
        return first.producer().equals(second.producer())
                && first.sequence() < second.sequence()
                && !history.allows(Allowance.REORDERS, first.producer());
    }

    private long offset(Send send) {
        if (send.span().isOk() && send.offset() != Operation.NONE) {
            return send.offset();
        }
        if (send.span().outcome() == Outcome.FAILED || history.allows(Allowance.REPEATS, send.producer())) {
            return Operation.NONE;
        }
        Written written = writes.get(send.value());
        Sight first = written == null ? null : written.first;
        return first == null ? Operation.NONE : first.offset();
    }
}
