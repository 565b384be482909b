package io.weir.lakehouse.sample;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StoredRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Batches that are not compressed, made and read. */
public final class PlainBatches implements RecordDecoder {
    private static final int COUNT_AT = 57;

    /** What is written. */
    public record Entry(
            long timestampMs,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<StoredRecord.Header> headers) {
        public static Entry of(long timestampMs, @Nullable String key, @Nullable String value) {
            return new Entry(timestampMs, bytes(key), bytes(value), List.of());
        }

        public static Entry of(long timestampMs, byte[] value) {
            return new Entry(timestampMs, null, ByteBuffer.wrap(value), List.of());
        }

        private static @Nullable ByteBuffer bytes(@Nullable String text) {
            return text == null ? null : ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** One batch of these entries. */
    public static RecordBatch batch(List<Entry> entries) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        long base = entries.getFirst().timestampMs();
        long max = base;
        for (int i = 0; i < entries.size(); i++) {
            byte[] record = record(entries.get(i), base, i);
            varint(records, record.length);
            records.writeBytes(record);
            max = Math.max(max, entries.get(i).timestampMs());
        }
        byte[] body = records.toByteArray();
        ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + body.length);
        batch.putInt(8, batch.capacity() - RecordBatch.LENGTH_PREFIX_BYTES).putInt(12, -1);
        batch.put(16, RecordBatch.MAGIC).putInt(23, entries.size() - 1);
        batch.putLong(27, base)
                .putLong(35, max)
                .putLong(43, -1)
                .putShort(51, (short) -1)
                .putInt(53, -1);
        batch.putInt(COUNT_AT, entries.size());
        batch.put(RecordBatch.HEADER_BYTES, body);
        return RecordBatch.trusted(batch);
    }

    private static byte[] record(Entry entry, long base, int delta) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        varint(out, entry.timestampMs() - base);
        varint(out, delta);
        field(out, entry.key());
        field(out, entry.value());
        varint(out, entry.headers().size());
        for (StoredRecord.Header header : entry.headers()) {
            field(out, ByteBuffer.wrap(header.key().getBytes(StandardCharsets.UTF_8)));
            field(out, header.value());
        }
        return out.toByteArray();
    }

    private static void field(ByteArrayOutputStream out, @Nullable ByteBuffer bytes) {
        varint(out, bytes == null ? -1 : bytes.remaining());
        if (bytes != null) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            out.writeBytes(copy);
        }
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long raw = (value << 1) ^ (value >> 63);
        while ((raw & ~0x7fL) != 0) {
            out.write((int) (raw & 0x7f) | 0x80);
            raw >>>= 7;
        }
        out.write((int) raw);
    }

    @Override
    public Records records(StoredBatches batches, long fromOffset) {
        StoredBatches.Raw raw = (StoredBatches.Raw) batches;
        List<StoredRecord> found = new ArrayList<>();
        ByteBuffer in = raw.batch().bytes().position(RecordBatch.HEADER_BYTES);
        for (int i = 0; i < raw.batch().recordCount(); i++) {
            StoredRecord record = read(raw, in);
            if (record.offset() >= fromOffset) {
                found.add(record);
            }
        }
        Iterator<StoredRecord> iterator = found.iterator();
        return new Records() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public StoredRecord next() {
                return iterator.next();
            }

            @Override
            public void close() {}
        };
    }

    private static StoredRecord read(StoredBatches.Raw raw, ByteBuffer in) {
        number(in);
        in.get();
        long timestampMs = raw.batch().baseTimestampMs() + number(in);
        long offset = raw.baseOffset() + number(in);
        ByteBuffer key = field(in);
        ByteBuffer value = field(in);
        List<StoredRecord.Header> headers = new ArrayList<>();
        for (long left = number(in); left > 0; left--) {
            ByteBuffer name = field(in);
            headers.add(new StoredRecord.Header(
                    name == null ? "" : StandardCharsets.UTF_8.decode(name).toString(), field(in)));
        }
        return new StoredRecord(offset, timestampMs, false, key, value, headers);
    }

    private static @Nullable ByteBuffer field(ByteBuffer in) {
        int size = (int) number(in);
        if (size < 0) {
            return null;
        }
        ByteBuffer field = in.slice(in.position(), size);
        in.position(in.position() + size);
        return field;
    }

    private static long number(ByteBuffer in) {
        long raw = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            raw |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
    }
}
