package io.weir.testsupport.history;

import java.util.List;
import java.util.Map;

/**
 * What one client did once, and what it saw.
 *
 * <p>An operation takes effect at most once, and not before it began.
 */
public sealed interface Operation {
    /** No offset: of a send, that it was not told; of a group, that nothing is committed. */
    long NONE = -1;

    /** When, and how it ended. */
    Span span();

    /** The same with another end. */
    Operation ended(Span span);

    /**
     * A record sent. Sequence numbers tell the order in which a producer sent its records; the value is this send's
     * alone in the whole history, sends that the client repeats by itself are one.
     *
     * @param offset where it was acknowledged, or {@link #NONE}
     */
    record Send(Span span, String producer, long sequence, Partition partition, long value, long offset)
            implements Operation {
        /** Refuses names and offsets that cannot be. */
        public Send {
            Names.require(producer);
            requireOffset(offset);
        }

        /** The same, acknowledged at an offset. */
        public Send at(long acknowledged) {
            return new Send(span, producer, sequence, partition, value, acknowledged);
        }

        @Override
        public Send ended(Span span) {
            return new Send(span, producer, sequence, partition, value, offset);
        }
    }

    /** Records given to a consumer; what a poll that did not end well may have skipped is not assumed to be seen. */
    record Poll(Span span, String consumer, List<Run> runs) implements Operation {
        /** Copies the runs. */
        public Poll {
            Names.require(consumer);
            runs = List.copyOf(runs);
        }

        /** The same with what it returned. */
        public Poll returned(List<Run> records) {
            return new Poll(span, consumer, records);
        }

        @Override
        public Poll ended(Span span) {
            return new Poll(span, consumer, runs);
        }
    }

    /** A consumer goes to an offset by its own wish. */
    record Seek(Span span, String consumer, Partition partition, long offset) implements Operation {
        /** Refuses names and offsets that cannot be. */
        public Seek {
            Names.require(consumer);
            if (offset < 0) {
                throw new IllegalArgumentException("A seek to " + offset);
            }
        }

        @Override
        public Seek ended(Span span) {
            return new Seek(span, consumer, partition, offset);
        }
    }

    /** Partitions that a group newly gives to a member, which goes on at what the group has committed. */
    record Assigned(Span span, String consumer, String group, List<Partition> partitions) implements Operation {
        /** Copies the partitions. */
        public Assigned {
            Names.require(consumer);
            Names.require(group);
            partitions = List.copyOf(partitions);
        }

        @Override
        public Assigned ended(Span span) {
            return new Assigned(span, consumer, group, partitions);
        }
    }

    /** Partitions that a consumer gives up or has lost. */
    record Revoked(Span span, String consumer, List<Partition> partitions) implements Operation {
        /** Copies the partitions. */
        public Revoked {
            Names.require(consumer);
            partitions = List.copyOf(partitions);
        }

        @Override
        public Revoked ended(Span span) {
            return new Revoked(span, consumer, partitions);
        }
    }

    /** Offsets committed for a group; {@link #NONE} for one that is deleted. */
    record Commit(Span span, String client, String group, Map<Partition, Long> offsets) implements Operation {
        /** Copies the offsets. */
        public Commit {
            Names.require(client);
            Names.require(group);
            offsets = Map.copyOf(offsets);
            offsets.values().forEach(Operation::requireOffset);
        }

        @Override
        public Commit ended(Span span) {
            return new Commit(span, client, group, offsets);
        }
    }

    /** A group's committed offsets, asked for; {@link #NONE} where there is none. */
    record Fetch(Span span, String client, String group, Map<Partition, Long> offsets) implements Operation {
        /** Copies the offsets. */
        public Fetch {
            Names.require(client);
            Names.require(group);
            offsets = Map.copyOf(offsets);
            offsets.values().forEach(Operation::requireOffset);
        }

        /** The same with what was found. */
        public Fetch found(Map<Partition, Long> committed) {
            return new Fetch(span, client, group, committed);
        }

        @Override
        public Fetch ended(Span span) {
            return new Fetch(span, client, group, offsets);
        }
    }

    /**
     * One consumer reads one partition from its beginning, to which the scan itself is the seek, to its end, in the
     * polls that end within the scan. Only a scan can show that a record is lost, so it must be of all that may be
     * seen: no transaction may be open.
     *
     * @param start the partition's first offset, asked for once the end was reached: what is trimmed meanwhile is below
     *     it
     * @param end the partition's end, asked for once the scan had begun and before it read
     */
    record Scan(Span span, String consumer, Partition partition, long start, long end) implements Operation {
        /** Refuses what cannot be; the start may be beyond the end, for all may be trimmed meanwhile. */
        public Scan {
            Names.require(consumer);
            if (start < 0 || end < 0) {
                throw new IllegalArgumentException("A scan of " + partition + " from " + start + " to " + end);
            }
        }

        /** The same with what the partition's start and end were. */
        public Scan between(long first, long behind) {
            return new Scan(span, consumer, partition, first, behind);
        }

        @Override
        public Scan ended(Span span) {
            return new Scan(span, consumer, partition, start, end);
        }
    }

    private static void requireOffset(long offset) {
        if (offset < NONE) {
            throw new IllegalArgumentException("Offset " + offset + " cannot be");
        }
    }
}
