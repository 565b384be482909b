package io.weir.metadata.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A snapshot, read whole and checked before anything of it is believed.
 *
 * <p>Threading: one thread.
 */
public final class ChecksummedInput {
    private static final int CRC_BYTES = 4;

    private ChecksummedInput() {}

    /**
     * What lies between the header and the checksum.
     *
     * @param magic the first four bytes
     * @param version the only version that is read
     * @throws MalformedException when it is something else, of another version, or damaged
     */
    public static WireReader open(InputStream in, int magic, int version) throws IOException {
        byte[] bytes = in.readAllBytes();
        WireReader reader = new WireReader(ByteBuffer.wrap(bytes));
        int foundMagic = reader.i32();
        if (foundMagic != magic) {
            throw new MalformedException("Snapshot begins with %08x instead of %08x".formatted(foundMagic, magic));
        }
        int foundVersion = reader.u16();
        if (foundVersion != version) {
            throw new MalformedException(
                    "Snapshot has format version " + foundVersion + "; this build reads " + version);
        }
        int body = bytes.length - CRC_BYTES - 6;
        if (body < 0) {
            throw new MalformedException("Snapshot of " + bytes.length + " bytes is cut short");
        }
        WireReader content = new WireReader(reader.slice(body));
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - CRC_BYTES);
        int stored = reader.i32();
        if (stored != (int) crc.getValue()) {
            throw new MalformedException(
                    "Snapshot has checksum %08x, its content %08x".formatted(stored, (int) crc.getValue()));
        }
        return content;
    }
}
