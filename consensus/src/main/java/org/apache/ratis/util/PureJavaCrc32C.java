package org.apache.ratis.util;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * Takes the place of Ratis' class of this name, which computes CRC32C in Java: the JDK's is an intrinsic and gives the
 * same values at a tenth of the cost (ADR 3). It must stand before Ratis' own on the class path; where it does not, the
 * server works as well, only slower.
 *
 * <p>Threading: as its original, one thread at a time.
 */
public final class PureJavaCrc32C implements Checksum {
    private final CRC32C crc = new CRC32C();

    @Override
    public long getValue() {
        return crc.getValue();
    }

    @Override
    public void reset() {
        crc.reset();
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        crc.update(bytes, offset, length);
    }

    @Override
    public void update(ByteBuffer bytes) {
        crc.update(bytes);
    }

    @Override
    public void update(int value) {
        crc.update(value);
    }
}
