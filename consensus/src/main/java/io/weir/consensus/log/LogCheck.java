package io.weir.consensus.log;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Reads a whole log before its group starts, and decides what a crash explains and what only damage does.
 *
 * <p>A crash explains: a torn end of the open segment; entries of one unsynced write of which later ones arrived and
 * earlier ones did not (every entry carries the index that was fsynced before it, so this is told from damage); a
 * segment created and still empty; a segment whose closing rename was lost; purged segments that came back; a log that
 * ends before the snapshot which took its place, or holds another entry where that ends. These are put right.
 * Everything else is damage, and refused; but where others have the log, too, an end that a crash may or may not
 * explain is given up, and how far it went is kept: the marks of entries tell what their leader had fsynced, which need
 * not be this log's; and what an interrupted truncation leaves is what a lost file, or a lost end of one, would leave.
 *
 * <p>Threading: one thread, before the group starts.
 */
public final class LogCheck {
    private static final Logger LOG = LoggerFactory.getLogger(LogCheck.class);

    private final Path directory;
    private final LogPosition snapshot;
    private final boolean hasFailed;
    private final Doubts doubts;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private long expected;
    private long term;
    private long bytes;
    private long cut;
    private boolean isReplaced;

    /**
     * What the log is after the check.
     *
     * @param next the index that comes next
     * @param cutBytes of a torn end, dropped
     */
    public record Report(long next, long term, long bytes, long cutBytes) {}

    /** What becomes of a doubt, before the log is cut. */
    @FunctionalInterface
    public interface Doubts {
        /** Has it survive; returns false where nobody else has the log, and the damage is to be refused. */
        boolean keep(Doubt doubt) throws IOException;
    }

    private LogCheck(Path directory, LogPosition snapshot, boolean hasFailed, Doubts doubts) {
        this.directory = directory;
        this.snapshot = snapshot;
        this.hasFailed = hasFailed;
        this.doubts = doubts;
    }

    /**
     * Checks a log, cuts off a torn end, and one that may be more than torn, and fsyncs what is left of the segments
     * that were written to last.
     *
     * @param snapshot where the latest one ends
     * @param hasFailed whether a write or an fsync has failed since the last check: what is read may be in memory only
     *     although the system takes it for written, and is written once more
     * @throws ServiceException {@code CORRUPT}, naming file and offset
     */
    public static Report run(Path directory, LogPosition snapshot, boolean hasFailed, Doubts doubts)
            throws IOException {
        return new LogCheck(directory, snapshot, hasFailed, doubts).run();
    }

    /** The same for a log that nobody else has, and that has not failed. */
    static Report run(Path directory, LogPosition snapshot) throws IOException {
        return run(directory, snapshot, false, doubt -> false);
    }

    /**
     * Checks a closed segment by itself, and changes nothing.
     *
     * @return its bytes
     * @throws ServiceException {@code CORRUPT}, naming file and offset
     */
    static long closedSegment(Path directory, SegmentFile segment) throws IOException {
        LogCheck check = new LogCheck(directory, LogPosition.NONE, false, doubt -> false);
        check.expected = segment.first();
        check.check(segment, false);
        return check.bytes;
    }

    private Report run() throws IOException {
        List<SegmentFile> segments = withoutPurged(SegmentFile.list(directory));
        segments = withoutEmptyEnd(segments);
        if (!segments.isEmpty() && segments.getFirst().first() > snapshot.index() + 1) {
            throw corrupt(
                    segments.getFirst().path(),
                    0,
                    "the log begins at index " + segments.getFirst().first() + ", and the snapshot ends at "
                            + snapshot.index());
        }
        expected =
                segments.isEmpty() ? snapshot.index() + 1 : segments.getFirst().first();
        for (int i = 0; i < segments.size(); i++) {
            SegmentFile segment = segments.get(i);
            boolean isLast = i == segments.size() - 1;
            if (segment.first() == expected) {
                check(segment, isLast);
            } else if (!isLast || !endsTruncation(segment)) {
                throw corrupt(
                        segment.path(),
                        0,
                        "entries " + expected + " to " + (segment.first() - 1) + " in front of it are missing");
            }
        }
        if (expected <= snapshot.index() || isReplaced) {
            deleteAll();
        }
        return new Report(expected, term, bytes, cut);
    }

    /** Deletes what the snapshot covers: a purge may have been cut short, from any side. */
    private List<SegmentFile> withoutPurged(List<SegmentFile> segments) throws IOException {
        boolean deleted = false;
        for (SegmentFile segment : segments) {
            if (!segment.isOpen() && segment.last() <= snapshot.index()) {
                Files.delete(segment.path());
                deleted = true;
            }
        }
        if (deleted) {
            Durable.syncDirectory(directory);
        }
        return deleted ? SegmentFile.list(directory) : segments;
    }

    /**
     * The leader's snapshot was put in place and the log was not yet given up for it. The library would keep an open
     * segment in front of it, and could append nothing to that; and whoever leads sends what is in its log, whether
     * that was committed or not. The last one first: without the first ones the others would be in want of them.
     */
    private void deleteAll() throws IOException {
        for (SegmentFile segment : SegmentFile.list(directory).reversed()) {
            Files.delete(segment.path());
        }
        Durable.syncDirectory(directory);
        expected = snapshot.index() + 1;
        bytes = 0;
    }

    /** Deletes a last open segment without entries; its predecessor may still bear the name of an open one. */
    private List<SegmentFile> withoutEmptyEnd(List<SegmentFile> segments) throws IOException {
        if (segments.isEmpty() || !segments.getLast().isOpen()) {
            return segments;
        }
        SegmentFile last = segments.getLast();
        buffer = last.contents(buffer);
        int header = Math.min(SegmentFile.HEADER.length, buffer.limit());
        boolean empty = isZero(header, buffer.limit())
                && (header < SegmentFile.HEADER.length || headerMatches() || isZero(0, header));
        if (!empty) {
            return segments;
        }
        Files.delete(last.path());
        Durable.syncDirectory(directory);
        return segments.subList(0, segments.size() - 1);
    }

    private void check(SegmentFile segment, boolean isLast) throws IOException {
        buffer = segment.contents(buffer);
        int limit = buffer.limit();
        if (!headerMatches()) {
            if (segment.isOpen() && isLast) {
                cutEnd(segment, 0, limit);
                return;
            }
            throw corrupt(segment.path(), 0, "it does not begin as a log segment does");
        }
        int offset = walk(segment, limit);
        if (segment.isOpen()) {
            if (isLast) {
                cutEnd(segment, offset, limit);
            } else {
                close(segment, offset, limit);
            }
        } else if (expected != segment.last() + 1 || !isZero(offset, limit)) {
            if (!isLast || offset != limit || !endsRenaming(segment)) {
                throw corrupt(segment.path(), offset, "entry " + expected + " is damaged");
            }
        }
        bytes += offset;
    }

    /**
     * The library truncates from the end: it deletes closed segments, and the open one after them, so that this one may
     * be left behind a gap.
     *
     * @return false if that does not explain what there is, and nothing is changed
     */
    private boolean endsTruncation(SegmentFile segment) throws IOException {
        long next = expected;
        long before = term;
        if (!segment.isOpen() || segment.first() < next) {
            return false;
        }
        buffer = segment.contents(buffer);
        int limit = buffer.limit();
        expected = segment.first();
        int offset = headerMatches() ? walk(segment, limit) : 0;
        Doubt doubt = new Doubt(term, expected - 1);
        boolean isWhole = expected > segment.first() && isZero(offset, limit);
        expected = next;
        term = before;
        if (!isWhole || !doubts.keep(doubt)) {
            return false;
        }
        Files.delete(segment.path());
        Durable.syncDirectory(directory);
        truncated(segment, doubt, offset);
        return true;
    }

    /**
     * Then it shortens the last that it keeps, between two entries, and gives it the name that goes with that: the
     * former one still tells how far it went. Its entries are all of one term.
     *
     * @return false if that does not explain what there is, and nothing is changed
     */
    private boolean endsRenaming(SegmentFile segment) throws IOException {
        Doubt doubt = new Doubt(term, segment.last());
        if (expected == segment.first() || !doubts.keep(doubt)) {
            return false;
        }
        keep(segment, buffer.limit());
        Files.move(segment.path(), SegmentFile.closedPath(directory, segment.first(), expected - 1));
        Durable.syncDirectory(directory);
        truncated(segment, doubt, 0);
        return true;
    }

    private void truncated(SegmentFile segment, Doubt doubt, int lost) {
        cut += lost;
        LOG.atWarn()
                .addKeyValue("file", segment.path())
                .addKeyValue("next", expected)
                .addKeyValue("term", doubt.term())
                .addKeyValue("index", doubt.index())
                .log("Ended a truncation of the log, or gave up what was lost of it: that may have been acknowledged");
    }

    /** Reads frames until the segment's end, or the first that is not sound. */
    private int walk(SegmentFile segment, int limit) {
        int offset = SegmentFile.HEADER.length;
        while (offset < limit && expected <= segment.last()) {
            Frame frame = Frame.at(buffer, offset, limit);
            if (frame == null) {
                break;
            }
            if (frame.index() != expected || frame.term() < term) {
                throw corrupt(
                        segment.path(),
                        offset,
                        "entry " + frame.index() + " of term " + frame.term() + " follows entry " + (expected - 1)
                                + " of term " + term);
            }
            isReplaced |= frame.index() == snapshot.index() && frame.term() != snapshot.term();
            term = frame.term();
            expected++;
            offset = frame.end();
        }
        return offset;
    }

    private void cutEnd(SegmentFile segment, int offset, int limit) throws IOException {
        if (!isZero(offset, limit)) {
            Doubt doubt = doubtBehind(segment, offset, limit);
            int lost = lastNonZero(offset, limit) + 1 - offset;
            cut += lost;
            LoggingEventBuilder warning = LOG.atWarn()
                    .addKeyValue("file", segment.path())
                    .addKeyValue("offset", offset)
                    .addKeyValue("bytes", lost);
            if (doubt == null) {
                warning.log("Cut off the torn end of a log; nothing in it was acknowledged");
            } else {
                warning.addKeyValue("term", doubt.term())
                        .addKeyValue("index", doubt.index())
                        .log("Cut off the damaged end of a log, which may have been acknowledged");
            }
        }
        if (expected == segment.first()) {
            Files.delete(segment.path());
            Durable.syncDirectory(directory);
        } else {
            keep(segment, offset);
        }
    }

    /** The library takes what it finds for fsynced, which a killed process may have left in memory. */
    private void keep(SegmentFile segment, int end) throws IOException {
        if (hasFailed) {
            Durable.rewrite(segment.path(), buffer.slice(0, end));
        }
        Durable.truncate(segment.path(), end);
    }

    /**
     * A frame behind the damage whose submitter knew the damaged entry to be fsynced proves that it was whole once, at
     * its leader. Nothing if there is none.
     */
    private @Nullable Doubt doubtBehind(SegmentFile segment, int offset, int limit) throws IOException {
        Frame proof = null;
        Doubt last = new Doubt(0, -1);
        for (int at = offset + 1; at < limit; at++) {
            Frame frame = frameBehind(offset, at, limit);
            if (frame == null) {
                continue;
            }
            if (proof == null && (frame.own() || frame.syncedBefore() >= expected)) {
                proof = frame;
            }
            Doubt here = new Doubt(frame.term(), frame.index());
            last = here.compareTo(last) > 0 ? here : last;
            at = frame.end() - 1;
        }
        if (proof == null) {
            return null;
        }
        if (!doubts.keep(last)) {
            throw corrupt(
                    segment.path(),
                    offset,
                    "entry " + expected + " is damaged, and entry " + proof.index() + " behind it is not");
        }
        return last;
    }

    /**
     * What lies between the damage and a frame has room for so many entries, at most: what an entry holds may look like
     * a frame, of another log.
     */
    private @Nullable Frame frameBehind(int damage, int at, int limit) {
        Frame frame = Frame.plausible(buffer, at, limit) ? Frame.at(buffer, at, limit) : null;
        return frame != null && frame.index() > expected && frame.index() - expected <= at - damage ? frame : null;
    }

    /** Its closing rename was lost with the power; what it holds was fsynced before. */
    private void close(SegmentFile segment, int offset, int limit) throws IOException {
        if (!isZero(offset, limit) || expected == segment.first()) {
            throw corrupt(segment.path(), offset, "entry " + expected + " is damaged, and a segment follows");
        }
        keep(segment, offset);
        Files.move(segment.path(), SegmentFile.closedPath(directory, segment.first(), expected - 1));
        Durable.syncDirectory(directory);
    }

    private boolean headerMatches() {
        int length = SegmentFile.HEADER.length;
        return buffer.limit() >= length
                && Arrays.mismatch(SegmentFile.HEADER, 0, length, buffer.array(), buffer.arrayOffset(), length) < 0;
    }

    private boolean isZero(int from, int to) {
        return lastNonZero(from, to) < 0;
    }

    private int lastNonZero(int from, int to) {
        for (int i = to - 1; i >= from; i--) {
            if (buffer.get(i) != 0) {
                return i;
            }
        }
        return -1;
    }

    /** The first entry that a log's files are for, without a look into them; empty when there are none. */
    public static OptionalLong firstEntry(Path directory) throws IOException {
        return SegmentFile.list(directory).stream()
                .mapToLong(SegmentFile::first)
                .min();
    }

    private static ServiceException corrupt(Path file, long offset, String what) {
        return new ServiceException(
                FailureCode.CORRUPT,
                "Log file " + file + " is damaged at offset " + offset + ": " + what
                        + ". Restore the directory from a copy, or make a new one from the object store: weir restore");
    }
}
