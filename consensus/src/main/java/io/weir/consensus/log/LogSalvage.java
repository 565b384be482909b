package io.weir.consensus.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Gives up the part of a damaged log that {@link LogCheck} refuses, keeping its bytes aside. */
public final class LogSalvage {
    private LogSalvage() {}

    /**
     * What was given up.
     *
     * @param firstLost the first index that is no longer in the log
     * @param kept where the bytes are
     */
    public record Report(long firstLost, List<Path> kept) {}

    /** Cuts the log at its first damage; the files concerned are copied or moved into the directory aside first. */
    public static Report run(Path directory, long snapshotIndex, Path aside) throws IOException {
        List<Path> kept = new ArrayList<>();
        long expected = -1;
        boolean damaged = false;
        Durable.createDirectories(aside);
        for (SegmentFile segment : SegmentFile.list(directory)) {
            if (!segment.isOpen() && segment.last() <= snapshotIndex) {
                continue;
            }
            if (expected < 0) {
                expected = segment.first();
                damaged = segment.first() > snapshotIndex + 1;
            }
            if (damaged || segment.first() != expected) {
                damaged = true;
                kept.add(Files.move(segment.path(), aside.resolve(segment.path().getFileName())));
                continue;
            }
            long sound = soundEntries(segment);
            expected += sound;
            damaged = segment.isOpen() || expected != segment.last() + 1;
            if (damaged) {
                kept.add(Files.copy(segment.path(), aside.resolve(segment.path().getFileName())));
                cut(directory, segment, sound);
            }
        }
        Durable.syncDirectory(aside);
        Durable.syncDirectory(directory);
        return new Report(Math.max(expected, snapshotIndex + 1), List.copyOf(kept));
    }

    private static void cut(Path directory, SegmentFile segment, long sound) throws IOException {
        if (sound == 0) {
            Files.delete(segment.path());
            return;
        }
        Durable.truncate(segment.path(), soundBytes(segment, sound));
        if (!segment.isOpen()) {
            Files.move(segment.path(), SegmentFile.openPath(directory, segment.first()));
        }
    }

    private static long soundEntries(SegmentFile segment) throws IOException {
        return walk(segment, Long.MAX_VALUE)[0];
    }

    private static long soundBytes(SegmentFile segment, long entries) throws IOException {
        return walk(segment, entries)[1];
    }

    /** Entries, and the offset behind them. */
    private static long[] walk(SegmentFile segment, long most) throws IOException {
        ByteBuffer buffer = segment.contents(ByteBuffer.allocate(0));
        int offset = SegmentFile.HEADER.length;
        long entries = 0;
        while (entries < most && offset < buffer.limit()) {
            Frame frame = Frame.at(buffer, offset, buffer.limit());
            if (frame == null || frame.index() != segment.first() + entries || frame.index() > segment.last()) {
                break;
            }
            entries++;
            offset = frame.end();
        }
        return new long[] {entries, offset};
    }
}
