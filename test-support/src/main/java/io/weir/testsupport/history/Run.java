package io.weir.testsupport.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records of one partition at consecutive offsets, in the order in which a poll returned them.
 *
 * <p>Threading: immutable.
 */
public final class Run {
    private final Partition partition;
    private final long offset;
    private final long[] values;

    /** The values of the records from an offset on. */
    public Run(Partition partition, long offset, long... values) {
        if (offset < 0 || values.length == 0) {
            throw new IllegalArgumentException(
                    "A run of " + values.length + " records at offset " + offset + " of " + partition);
        }
        this.partition = partition;
        this.offset = offset;
        this.values = values.clone();
    }

    /** Whose records they are. */
    public Partition partition() {
        return partition;
    }

    /** The first record's offset. */
    public long offset() {
        return offset;
    }

    /** The offset behind the last record. */
    public long end() {
        return offset + values.length;
    }

    /** How many records there are. */
    public int size() {
        return values.length;
    }

    /** The value of the i-th record. */
    public long value(int i) {
        return values[i];
    }

    /** Puts the records of one poll, added in the order in which it returned them, into runs. */
    public static final class Builder {
        private final List<Run> runs = new ArrayList<>();
        private @Nullable Partition partition;
        private long first;
        private long[] values = new long[16];
        private int size;

        /** Adds the next record. */
        public Builder add(Partition of, long offset, long value) {
            if (size > 0 && (!of.equals(partition) || offset != first + size)) {
                cut();
            }
            if (size == 0) {
                partition = of;
                first = offset;
            }
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
            return this;
        }

        /** The runs of what was added. */
        public List<Run> build() {
            cut();
            return List.copyOf(runs);
        }

        private void cut() {
            if (partition != null && size > 0) {
                runs.add(new Run(partition, first, Arrays.copyOf(values, size)));
                size = 0;
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Run run
                && offset == run.offset
                && partition.equals(run.partition)
                && Arrays.equals(values, run.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values) * 31 + Long.hashCode(offset);
    }

    @Override
    public String toString() {
        return HistoryText.run(this);
    }
}
