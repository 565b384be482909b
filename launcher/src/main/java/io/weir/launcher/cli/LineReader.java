package io.weir.launcher.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream into lines without decoding them, so that any bytes may be sent.
 *
 * <p>Threading: one thread.
 */
final class LineReader {
    /** The largest line; no record may be larger. */
    static final int MAX_LINE_BYTES = 16 << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final InputStream in;
    private final int maxLineBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;

    LineReader(InputStream in) {
        this(in, MAX_LINE_BYTES);
    }

    LineReader(InputStream in, int maxLineBytes) {
        this.in = in;
        this.maxLineBytes = maxLineBytes;
    }

    /**
     * The next line without its end ({@code \n} or {@code \r\n}), or null after the last.
     *
     * @throws CommandFailedException when the line is over the limit
     */
    byte @Nullable [] next() throws IOException {
        byte[] line = new byte[0];
        while (true) {
            if (position == limit && !fill()) {
                return line.length == 0 ? null : line;
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            line = append(line, end);
            boolean complete = end < limit;
            position = complete ? end + 1 : end;
            if (complete) {
                return line.length > 0 && line[line.length - 1] == '\r' ? Arrays.copyOf(line, line.length - 1) : line;
            }
        }
    }

    private byte[] append(byte[] line, int end) {
        int length = line.length + end - position;
        if (length > maxLineBytes) {
            throw new CommandFailedException("A line is longer than " + maxLineBytes + " bytes");
        }
        byte[] joined = Arrays.copyOf(line, length);
        System.arraycopy(buffer, position, joined, line.length, end - position);
        return joined;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }
}
