package io.weir.testsupport.history;

import io.weir.testsupport.history.Operation.Commit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One group's offset of one partition: a register. A read may be answered with any write that began before the read
 * ended, unless another write certainly came after it and was certainly done before the read began. First filled, then
 * {@link #freeze frozen}, then asked, in logarithmic time.
 */
final class CommittedOffsets {
    private static final class Mark {
        final long offset;
        final long invoked;
        final @Nullable Commit commit;
        /** When it was certainly done; a reader's answer may show it earlier than the writer learnt it. */
        long doneBy;

        Mark(long offset, long invoked, long doneBy, @Nullable Commit commit) {
            this.offset = offset;
            this.invoked = invoked;
            this.doneBy = doneBy;
            this.commit = commit;
        }
    }

    /** The commits of one offset, by their beginning. */
    private static final class Value {
        final List<Mark> marks = new ArrayList<>();
        long[] latestDoneBy = {};

        void freeze() {
            marks.sort(Comparator.comparingLong(mark -> mark.invoked));
            latestDoneBy = new long[marks.size()];
            long latest = Long.MIN_VALUE;
            for (int i = 0; i < latestDoneBy.length; i++) {
                latest = Math.max(latest, marks.get(i).doneBy);
                latestDoneBy[i] = latest;
            }
        }

        /** How many began by then. */
        int begun(long nanos) {
            int low = 0;
            int high = marks.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (marks.get(middle).invoked <= nanos) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    private final NavigableMap<Long, Value> values = new TreeMap<>();
    private final List<Mark> done = new ArrayList<>();
    private Mark[] newest = {};

    CommittedOffsets() {
        add(new Mark(Operation.NONE, Long.MIN_VALUE, Long.MIN_VALUE, null));
    }

    void committed(Commit commit, long offset) {
        if (commit.span().outcome() != Outcome.FAILED) {
            add(new Mark(offset, commit.span().invokedNanos(), commit.span().effectBy(), commit));
        }
    }

    private void add(Mark mark) {
        values.computeIfAbsent(mark.offset, none -> new Value()).marks.add(mark);
        done.add(mark);
    }

    /** All commits are known. */
    void sort() {
        values.values().forEach(Value::freeze);
    }

    /** A read that only one commit can explain shows that this one is done. */
    void answered(long offset, long completedNanos) {
        Value value = values.get(offset);
        if (value != null && value.begun(completedNanos) == 1) {
            Mark mark = value.marks.getFirst();
            mark.doneBy = Math.min(mark.doneBy, completedNanos);
        }
    }

    /** All answers are known. */
    void freeze() {
        sort();
        done.sort(Comparator.comparingLong(mark -> mark.doneBy));
        newest = new Mark[done.size()];
        for (int i = 0; i < newest.length; i++) {
            Mark mark = done.get(i);
            newest[i] = i > 0 && newest[i - 1].invoked >= mark.invoked ? newest[i - 1] : mark;
        }
    }

    /** Whether somebody had begun to commit this offset by then. */
    boolean isKnown(long offset, long completedNanos) {
        Value value = values.get(offset);
        return value != null && value.begun(completedNanos) > 0;
    }

    /** Whether a read between the two times may be answered so. */
    boolean mayBe(long offset, long invokedNanos, long completedNanos) {
        Value value = values.get(offset);
        int begun = value == null ? 0 : value.begun(completedNanos);
        return value != null && begun > 0 && value.latestDoneBy[begun - 1] >= newest(invokedNanos).invoked;
    }

    /** The greatest answer up to an offset that a read between the two times may have. */
    OptionalLong greatest(long upTo, long invokedNanos, long completedNanos) {
        Map.Entry<Long, Value> each = values.floorEntry(upTo);
        while (each != null && !mayBe(each.getKey(), invokedNanos, completedNanos)) {
            each = values.lowerEntry(each.getKey());
        }
        return each == null ? OptionalLong.empty() : OptionalLong.of(each.getKey());
    }

    /** The commit that replaced all before it by then, if any. */
    @Nullable Commit newestCommit(long nanos) {
        return newest(nanos).commit;
    }

    private Mark newest(long nanos) {
        int low = 0;
        int high = newest.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (done.get(middle).doneBy < nanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return newest[Math.max(0, low - 1)];
    }
}
