package io.weir.objecttier.codec;

import io.weir.objecttier.codec.ByteSource.Malformed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * What a segment and a manifest have in common: a header with magic and versions at the front, and at the end a part
 * that describes the rest, with a trailer that says where it begins. Described byte by byte in
 * {@code docs/formats/segment.md}.
 *
 * @param magic eight ASCII characters
 * @param version what is written
 * @param readable the newest least reader version that this code understands
 */
public record Frame(String magic, int version, int readable) {
    public static final int HEADER_BYTES = 16;
    public static final int TRAILER_BYTES = 32;

    private static final int CRC_AT = 20;

    /** The first bytes of an object. */
    public ByteBuffer header() {
        return new ByteSink(HEADER_BYTES)
                .bytes(magicBytes())
                .u16(version)
                .u16(readable)
                .i32(0)
                .buffer();
    }

    /**
     * The last bytes of an object: the describing part with its trailer.
     *
     * @param part what the sink holds; the trailer is added to it
     * @param position of the part's first byte in the object
     */
    public ByteBuffer close(ByteSink part, long position) {
        int length = part.size();
        part.i64(position).i32(length).u16(version).u16(readable).i32(0);
        part.i32(crc(part.buffer())).bytes(magicBytes());
        return part.buffer();
    }

    /** Where the describing part of an object lies. */
    public record Extent(long position, int length) {}

    /**
     * Reads the trailer.
     *
     * @param tail the object's last bytes, at least the trailer
     * @param objectBytes the object's size
     */
    public Extent extent(ByteBuffer tail, long objectBytes) throws Malformed {
        if (tail.remaining() < TRAILER_BYTES) {
            throw new Malformed("Only " + tail.remaining() + " bytes");
        }
        ByteSource trailer = new ByteSource(tail.slice(tail.limit() - TRAILER_BYTES, TRAILER_BYTES));
        long position = trailer.i64();
        int length = trailer.i32();
        int written = trailer.u16();
        int least = trailer.u16();
        trailer.i64();
        if (!new String(trailer.bytes(magic.length()), StandardCharsets.ISO_8859_1).equals(magic)) {
            throw new Malformed("Does not end in " + magic.strip());
        }
        if (least > readable) {
            throw new Malformed("Has version " + written + ", which needs a reader of version " + least
                    + "; this one understands " + readable);
        }
        if (position < HEADER_BYTES
                || length < 0
                || position > objectBytes - TRAILER_BYTES - length
                || position + length + TRAILER_BYTES != objectBytes) {
            throw new Malformed("Trailer speaks of " + length + " bytes at " + position + " of " + objectBytes);
        }
        return new Extent(position, length);
    }

    /** The describing part, once its checksum holds; {@code tail} must reach back to its first byte. */
    public ByteSource describing(ByteBuffer tail, Extent extent) throws Malformed {
        int begin = tail.limit() - TRAILER_BYTES - extent.length();
        if (begin < tail.position()) {
            throw new Malformed(
                    "Describing part of " + extent.length() + " bytes is not within the last " + tail.remaining());
        }
        int stored = tail.getInt(tail.limit() - TRAILER_BYTES + CRC_AT);
        int computed = crc(tail.slice(begin, extent.length() + CRC_AT));
        if (stored != computed) {
            throw new Malformed(
                    "Has checksum " + Integer.toHexString(computed) + ", not " + Integer.toHexString(stored));
        }
        return new ByteSource(tail.slice(begin, extent.length()));
    }

    /** CRC32C of the bytes from position to limit. */
    public static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    private byte[] magicBytes() {
        return magic.getBytes(StandardCharsets.ISO_8859_1);
    }
}
