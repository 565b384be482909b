package io.weir.wal.state;

import io.weir.wal.entry.SegmentFields;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * The counted lists of a shard's snapshot. What could not be read back is not written either: a snapshot that fails
 * leaves the log as it is, one that nobody can read takes its place.
 *
 * <p>Threading: stateless.
 */
final class SnapshotLists {
    /** Several times as many as the longest of them, that of entries that are not in segments yet, may become. */
    static final int MAX_ELEMENTS = 1 << 24;

    private SnapshotLists() {}

    static <T> void writeList(DataOutput out, Collection<T> elements, SegmentFields.ElementWriter<T> writer)
            throws IOException {
        SegmentFields.writeList(out, MAX_ELEMENTS, elements, writer);
    }

    static <T> List<T> readList(DataInput in, SegmentFields.ElementReader<T> reader) throws IOException {
        return SegmentFields.readList(in, MAX_ELEMENTS, reader);
    }
}
