package io.weir.consensus.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One file of a group's log.
 *
 * @param last the index of its last entry; {@link #OPEN} while it is written to
 */
record SegmentFile(Path path, long first, long last) {
    static final long OPEN = Long.MAX_VALUE;
    static final byte[] HEADER = {'R', 'a', 'f', 't', 'L', 'o', 'g', '1'};

    private static final Pattern CLOSED_NAME = Pattern.compile("log_(\\d+)-(\\d+)");
    private static final Pattern OPEN_NAME = Pattern.compile("log_inprogress_(\\d+)");

    boolean isOpen() {
        return last == OPEN;
    }

    /** The segments of a log directory, by first index; none if there is no such directory. */
    static List<SegmentFile> list(Path directory) throws IOException {
        List<SegmentFile> segments = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return segments;
        }
        try (Stream<Path> paths = Files.list(directory)) {
            paths.forEach(path -> {
                SegmentFile segment = of(path);
                if (segment != null) {
                    segments.add(segment);
                }
            });
        }
        segments.sort(Comparator.comparingLong(SegmentFile::first).thenComparingLong(SegmentFile::last));
        return segments;
    }

    static Path openPath(Path directory, long first) {
        return directory.resolve("log_inprogress_" + first);
    }

    static Path closedPath(Path directory, long first, long last) {
        return directory.resolve("log_" + first + "-" + last);
    }

    /** The whole file, in the given buffer if it is big enough. */
    ByteBuffer contents(ByteBuffer reusable) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > Integer.MAX_VALUE - 8) {
                throw new IOException("Log segment " + path + " of " + size + " bytes is not one of ours");
            }
            ByteBuffer buffer = reusable.capacity() >= size ? reusable.clear() : ByteBuffer.allocate((int) size);
            buffer.limit((int) size);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer) < 0) {
                    throw new IOException("Log segment " + path + " shrank while it was read");
                }
            }
            return buffer.flip();
        }
    }

    private static @Nullable SegmentFile of(Path path) {
        String name = path.getFileName().toString();
        Matcher closed = CLOSED_NAME.matcher(name);
        if (closed.matches()) {
            return new SegmentFile(path, Long.parseLong(closed.group(1)), Long.parseLong(closed.group(2)));
        }
        Matcher open = OPEN_NAME.matcher(name);
        return open.matches() ? new SegmentFile(path, Long.parseLong(open.group(1)), OPEN) : null;
    }
}
