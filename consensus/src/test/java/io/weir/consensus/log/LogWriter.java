package io.weir.consensus.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Writes segment files byte by byte, as the library would. */
final class LogWriter {
    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    LogWriter() {
        file.writeBytes(SegmentFile.HEADER);
    }

    /** An entry that was submitted when everything up to an index was fsynced. */
    LogWriter entry(long term, long index, long syncedBefore, String data) {
        return entry(term, index, syncedBefore, data, StandardCharsets.UTF_8);
    }

    LogWriter entry(long term, long index, long syncedBefore, String data, Charset charset) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        byte[] text = data.getBytes(charset);
        inner.write(0x0a);
        varint(inner, LogMark.BYTES + text.length);
        inner.writeBytes(
                ByteBuffer.allocate(LogMark.BYTES).putLong(syncedBefore).array());
        inner.writeBytes(text);
        return frame(term, index, 0x1a, inner.toByteArray());
    }

    /** A configuration, without peers. */
    LogWriter own(long term, long index) {
        return frame(term, index, 0x22, new byte[0]);
    }

    private LogWriter frame(long term, long index, int tag, byte[] value) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(0x08);
        varint(body, term);
        if (index != 0) {
            body.write(0x10);
            varint(body, index);
        }
        body.write(tag);
        varint(body, value.length);
        body.writeBytes(value);
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        varint(framed, body.size());
        framed.writeBytes(body.toByteArray());
        CRC32C crc = new CRC32C();
        crc.update(framed.toByteArray());
        file.writeBytes(framed.toByteArray());
        file.writeBytes(
                ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array());
        return this;
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest >= 0x80) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    LogWriter zeros(int count) {
        file.writeBytes(new byte[count]);
        return this;
    }

    int size() {
        return file.size();
    }

    byte[] bytes() {
        return file.toByteArray();
    }

    Path open(Path directory, long first) throws IOException {
        return Files.write(SegmentFile.openPath(directory, first), bytes());
    }

    Path closed(Path directory, long first, long last) throws IOException {
        return Files.write(SegmentFile.closedPath(directory, first, last), bytes());
    }
}
