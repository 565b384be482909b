package io.weir.metadata.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32C;

/**
 * Writes a snapshot piece by piece and, at its end, the CRC32C of everything before.
 *
 * <p>Threading: one thread. Ownership: does not close what it writes to.
 */
public final class ChecksummedOutput {
    private static final int FLUSH_BYTES = 64 << 10;

    private final OutputStream out;
    private final CRC32C crc = new CRC32C();
    private final WireWriter buffer = new WireWriter(FLUSH_BYTES + 1024);
    private long written;

    public ChecksummedOutput(OutputStream out) {
        this.out = out;
    }

    /** Where the next piece is written; call {@link #piece} after it. */
    public WireWriter next() {
        return buffer;
    }

    /** Passes what was written on, when it is enough. */
    public void piece() throws IOException {
        if (buffer.size() >= FLUSH_BYTES) {
            drain();
        }
    }

    /**
     * Writes the checksum.
     *
     * @return how long the snapshot is
     */
    public long finish() throws IOException {
        drain();
        buffer.i32((int) crc.getValue());
        drain();
        out.flush();
        return written;
    }

    private void drain() throws IOException {
        written += buffer.drainTo(out, crc);
    }
}
