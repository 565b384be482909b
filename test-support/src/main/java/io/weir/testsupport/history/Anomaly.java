package io.weir.testsupport.history;

import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Send;
import java.util.List;

/** What no correct cluster could have answered. */
public sealed interface Anomaly {
    /** What is wrong, with values. */
    String message();

    /** The operations that show it. */
    List<Operation> shownBy();

    /** A write was acknowledged before a scan began, and the scan has not found it. */
    record LostWrite(Send write, Scan scan) implements Anomaly {
        @Override
        public String message() {
            return "Value " + write.value() + " was acknowledged at offset " + write.offset() + " of "
                    + write.partition() + ", and is not in a later scan of [" + scan.start() + ", " + scan.end() + ")";
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(write, scan);
        }
    }

    /** One write is at two offsets. */
    record DuplicateWrite(Partition partition, long value, Sight first, Sight second) implements Anomaly {
        @Override
        public String message() {
            return "Value " + value + " is at offsets " + first.offset() + " and " + second.offset() + " of "
                    + partition;
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(first.by(), second.by());
        }
    }

    /** Two records are at one offset. */
    record InconsistentOffset(Partition partition, Sight first, Sight second) implements Anomaly {
        @Override
        public String message() {
            return "Offset " + first.offset() + " of " + partition + " has value " + first.value() + " and value "
                    + second.value();
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(first.by(), second.by());
        }
    }

    /**
     * Two writes are in the wrong order: of one producer that promises order, or the second was sent once the first was
     * acknowledged.
     */
    record NonMonotonicSend(Send first, long firstOffset, Send second, long secondOffset) implements Anomaly {
        @Override
        public String message() {
            return "Value " + second.value() + " at offset " + secondOffset + " of " + second.partition()
                    + " was sent behind value " + first.value() + " at offset " + firstOffset;
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(first, second);
        }
    }

    /** A consumer was given an offset before the one at which it stood. */
    record NonMonotonicPoll(Partition partition, long position, long found, Operation before, Poll poll)
            implements Anomaly {
        @Override
        public String message() {
            return "Consumer " + poll.consumer() + " stood at offset " + position + " of " + partition
                    + ", and was given " + found;
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(before, poll);
        }
    }

    /** A consumer was not given the records of {@code [position, next)}. */
    record SkippedOffsets(Partition partition, long position, long next, Operation before, Operation after)
            implements Anomaly {
        @Override
        public String message() {
            return "Offsets " + position + " to " + (next - 1) + " of " + partition + " were skipped";
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(before, after);
        }
    }

    /** A member went on before what its group has committed. */
    record StartBeforeCommit(Partition partition, long found, Commit commit, Assigned assigned, Poll poll)
            implements Anomaly {
        @Override
        public String message() {
            return "Consumer " + poll.consumer() + " of group " + assigned.group() + " began at offset " + found
                    + " of " + partition + ", and " + commit.offsets().get(partition) + " was committed";
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(commit, assigned, poll);
        }
    }

    /** A record that nobody had sent to this partition by the time it was read. */
    record UnsentRead(Partition partition, Sight sight) implements Anomaly {
        @Override
        public String message() {
            return "Value " + sight.value() + " at offset " + sight.offset() + " of " + partition
                    + " had not been sent there";
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(sight.by());
        }
    }

    /** A write that was refused for certain is there. */
    record RefusedRead(Send write, Sight sight) implements Anomaly {
        @Override
        public String message() {
            return "Value " + write.value() + " was refused, and is at offset " + sight.offset() + " of "
                    + write.partition();
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(write, sight.by());
        }
    }

    /** A group's offset is one that another commit had replaced for certain, or none although there was a commit. */
    record GroupOffsetBack(Partition partition, long found, Commit newer, Fetch fetch) implements Anomaly {
        @Override
        public String message() {
            return "Group " + fetch.group() + " had committed "
                    + newer.offsets().get(partition) + " for " + partition + ", and was answered " + found;
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(newer, fetch);
        }
    }

    /** A group's offset is one that nobody had committed. */
    record UncommittedOffset(Partition partition, long found, Fetch fetch) implements Anomaly {
        @Override
        public String message() {
            return "Group " + fetch.group() + " was answered " + found + " for " + partition
                    + ", which nobody had committed";
        }

        @Override
        public List<Operation> shownBy() {
            return List.of(fetch);
        }
    }

    /** That an operation showed a value at an offset. */
    record Sight(long offset, long value, Operation by) {}
}
