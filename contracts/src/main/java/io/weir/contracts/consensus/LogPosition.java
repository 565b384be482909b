package io.weir.contracts.consensus;

/**
 * Where an entry is in a group's log. Indexes begin at 0 and have gaps: the group writes entries of its own between.
 */
public record LogPosition(long term, long index) implements Comparable<LogPosition> {
    /** Before the first entry. */
    public static final LogPosition NONE = new LogPosition(0, -1);

    @Override
    public int compareTo(LogPosition other) {
        return Long.compare(index, other.index);
    }
}
