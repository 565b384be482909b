package io.weir.kafka.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.internals.ByteUtils;

/** Collects a message as buffers to be written one after another; records are referred to, not copied. */
final class ResponseBuffers implements Writable {
    private final List<ByteBuffer> parts = new ArrayList<>(4);
    private final ByteBuffer fields;
    private int from;

    /**
     * Space for a message.
     *
     * @param fieldBytes of everything that is not referred to
     */
    ResponseBuffers(int fieldBytes) {
        fields = ByteBuffer.allocate(fieldBytes);
    }

    List<ByteBuffer> parts() {
        cut();
        return parts;
    }

    private void cut() {
        if (fields.position() > from) {
            parts.add(fields.slice(from, fields.position() - from));
            from = fields.position();
        }
    }

    @Override
    public void writeByte(byte value) {
        fields.put(value);
    }

    @Override
    public void writeShort(short value) {
        fields.putShort(value);
    }

    @Override
    public void writeInt(int value) {
        fields.putInt(value);
    }

    @Override
    public void writeLong(long value) {
        fields.putLong(value);
    }

    @Override
    public void writeDouble(double value) {
        fields.putDouble(value);
    }

    @Override
    public void writeByteArray(byte[] bytes) {
        fields.put(bytes);
    }

    @Override
    public void writeUnsignedVarint(int value) {
        ByteUtils.writeUnsignedVarint(value, fields);
    }

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        cut();
        parts.add(bytes.duplicate());
    }

    @Override
    public void writeVarint(int value) {
        ByteUtils.writeVarint(value, fields);
    }

    @Override
    public void writeVarlong(long value) {
        ByteUtils.writeVarlong(value, fields);
    }

    @Override
    public void writeRecords(BaseRecords records) {
        cut();
        switch (records) {
            case StoredRecords stored -> stored.addTo(parts);
            case MemoryRecords memory -> parts.add(memory.buffer());
            default -> throw new IllegalArgumentException("Cannot write " + records.getClass());
        }
    }
}
