package io.weir.lakehouse.columns;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Reads Avro's binary form and believes no length: memory is set aside only for what is there.
 *
 * <p>Threading: one thread.
 */
final class BoundedDecoder extends Decoder {
    /** Items of no bytes can be claimed without end. */
    static final int MAX_EMPTY_ITEMS = 10_000;

    private static final long ITEMS_PER_BYTE = 2;

    private final BinaryDecoder in;
    private final int sizeBytes;
    private long items;

    BoundedDecoder(ByteBuffer datum) {
        this.sizeBytes = datum.remaining();
        this.in = DecoderFactory.get()
                .binaryDecoder(datum.array(), datum.arrayOffset() + datum.position(), sizeBytes, null);
    }

    boolean atEnd() throws IOException {
        return in.isEnd();
    }

    private int length() throws IOException {
        long length = in.readLong();
        if (length < 0 || length > sizeBytes) {
            throw new EOFException("a length of " + length + " in " + sizeBytes + " bytes");
        }
        return (int) length;
    }

    private byte[] bytes() throws IOException {
        byte[] bytes = new byte[length()];
        in.readFixed(bytes, 0, bytes.length);
        return bytes;
    }

    private long counted(long more) {
        items += more;
        // A null in a union, and a list's item, each have a byte of their own.
        if (more < 0 || items > ITEMS_PER_BYTE * sizeBytes + MAX_EMPTY_ITEMS) {
            throw new AvroRuntimeException(items + " items in " + sizeBytes + " bytes");
        }
        return more;
    }

    @Override
    public void readNull() throws IOException {
        counted(1);
        in.readNull();
    }

    @Override
    public boolean readBoolean() throws IOException {
        return in.readBoolean();
    }

    @Override
    public int readInt() throws IOException {
        return in.readInt();
    }

    @Override
    public long readLong() throws IOException {
        return in.readLong();
    }

    @Override
    public float readFloat() throws IOException {
        return in.readFloat();
    }

    @Override
    public double readDouble() throws IOException {
        return in.readDouble();
    }

    @Override
    public Utf8 readString(@Nullable Utf8 old) throws IOException {
        return new Utf8(bytes());
    }

    @Override
    public String readString() throws IOException {
        return readString(null).toString();
    }

    @Override
    public void skipString() throws IOException {
        in.skipFixed(length());
    }

    @Override
    public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
        return ByteBuffer.wrap(bytes());
    }

    @Override
    public void skipBytes() throws IOException {
        in.skipFixed(length());
    }

    @Override
    public void readFixed(byte[] bytes, int start, int length) throws IOException {
        counted(1);
        in.readFixed(bytes, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        in.skipFixed(length);
    }

    @Override
    public int readEnum() throws IOException {
        return in.readEnum();
    }

    @Override
    public long readArrayStart() throws IOException {
        return counted(in.readArrayStart());
    }

    @Override
    public long arrayNext() throws IOException {
        return counted(in.arrayNext());
    }

    @Override
    public long skipArray() throws IOException {
        return counted(in.skipArray());
    }

    @Override
    public long readMapStart() throws IOException {
        return counted(in.readMapStart());
    }

    @Override
    public long mapNext() throws IOException {
        return counted(in.mapNext());
    }

    @Override
    public long skipMap() throws IOException {
        return counted(in.skipMap());
    }

    @Override
    public int readIndex() throws IOException {
        return in.readIndex();
    }
}
