package io.weir.wal.state;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/** A buffered stream with a checksum over the bytes that were taken from it, and not over those read ahead. */
final class SnapshotInput extends InputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream source;
    private final CRC32C crc = new CRC32C();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int checked;
    private int position;
    private int limit;

    SnapshotInput(InputStream source) {
        this.source = source;
    }

    /** CRC32C of everything taken so far. */
    int checksum() {
        crc.update(buffer, checked, position - checked);
        checked = position;
        return (int) crc.getValue();
    }

    @Override
    public int read() throws IOException {
        return position < limit || refill() ? buffer[position++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == limit && !refill()) {
            return -1;
        }
        int taken = Math.min(length, limit - position);
        System.arraycopy(buffer, position, target, offset, taken);
        position += taken;
        return taken;
    }

    private boolean refill() throws IOException {
        crc.update(buffer, checked, limit - checked);
        checked = 0;
        position = 0;
        limit = Math.max(0, source.read(buffer, 0, buffer.length));
        return limit > 0;
    }
}
