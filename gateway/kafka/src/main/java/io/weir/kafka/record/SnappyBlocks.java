package io.weir.kafka.record;

import java.nio.ByteBuffer;

/**
 * Looks at the lengths that snappy data declares before the library sets memory aside for them: it believes every one.
 *
 * <p>Either xerial's stream (a header of 16 bytes, then blocks of a 32-bit length each) or one bare block; each block
 * begins with its uncompressed length as a varint.
 */
final class SnappyBlocks {
    private static final long XERIAL_MAGIC = 0x82534e4150505900L;
    private static final int XERIAL_HEADER_BYTES = 16;

    private SnappyBlocks() {}

    static void check(ByteBuffer data, int limitBytes) {
        ByteBuffer in = data.duplicate();
        if (in.remaining() < XERIAL_HEADER_BYTES || in.getLong(in.position()) != XERIAL_MAGIC) {
            uncompressedLength(in, limitBytes);
            return;
        }
        in.position(in.position() + XERIAL_HEADER_BYTES);
        long total = 0;
        while (in.hasRemaining()) {
            if (in.remaining() < Integer.BYTES) {
                throw new MalformedRecords("Snappy data ends inside a length");
            }
            int size = in.getInt();
            if (size < 0 || size > in.remaining()) {
                throw new MalformedRecords("Snappy block of " + size + " bytes where " + in.remaining() + " are left");
            }
            if (size > 0) {
                total += uncompressedLength(in.slice(in.position(), size), limitBytes);
            }
            if (total > limitBytes) {
                throw new MalformedRecords("Batch is more than " + limitBytes + " bytes when decompressed");
            }
            in.position(in.position() + size);
        }
    }

    private static long uncompressedLength(ByteBuffer block, int limitBytes) {
        long length = 0;
        for (int shift = 0; shift < 35 && block.hasRemaining(); shift += 7) {
            byte next = block.get();
            length |= (next & 0x7fL) << shift;
            if (next >= 0) {
                if (length > limitBytes) {
                    throw new MalformedRecords("Snappy block claims " + length + " bytes; " + limitBytes + " may be");
                }
                return length;
            }
        }
        throw new MalformedRecords("Snappy block has no legal length");
    }
}
