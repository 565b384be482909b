package io.weir.wal.entry;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The fields that entries and snapshots have in common: keys, references to objects, counted lists. */
public final class SegmentFields {
    /** Most elements of one list in a command: what a decoder allocates for is bounded by it. */
    public static final int MAX_ELEMENTS = 1 << 20;

    private SegmentFields() {}

    /** Writes one element. */
    @FunctionalInterface
    public interface ElementWriter<T> {
        void write(DataOutput out, T element) throws IOException;
    }

    /** Reads one element. */
    @FunctionalInterface
    public interface ElementReader<T> {
        T read(DataInput in) throws IOException;
    }

    /** Of a command; more elements than a decoder takes are not written. */
    public static <T> void writeList(DataOutput out, Collection<T> elements, ElementWriter<T> writer)
            throws IOException {
        writeList(out, MAX_ELEMENTS, elements, writer);
    }

    public static <T> void writeList(DataOutput out, int atMost, Collection<T> elements, ElementWriter<T> writer)
            throws IOException {
        out.writeInt(bounded(elements.size(), atMost));
        for (T element : elements) {
            writer.write(out, element);
        }
    }

    /** Of a command. */
    public static <T> List<T> readList(DataInput in, ElementReader<T> reader) throws IOException {
        return readList(in, MAX_ELEMENTS, reader);
    }

    public static <T> List<T> readList(DataInput in, int atMost, ElementReader<T> reader) throws IOException {
        int count = bounded(in.readInt(), atMost);
        // Not by the announced count, which may be anything where bytes are damaged.
        List<T> elements = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            elements.add(reader.read(in));
        }
        return elements;
    }

    /**
     * The count itself.
     *
     * @throws IOException when it is negative, or more than that
     */
    public static int bounded(int count, int atMost) throws IOException {
        if (count < 0 || count > atMost) {
            throw new IOException("List of " + count + " elements, at most " + atMost + " are allowed");
        }
        return count;
    }

    /** Text of at most 65,535 bytes. */
    public static void writeText(DataOutput out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    public static String readText(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readUnsignedShort()];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public static void writeKey(DataOutput out, ObjectKey key) throws IOException {
        writeText(out, key.value());
    }

    public static ObjectKey readKey(DataInput in) throws IOException {
        return new ObjectKey(readText(in));
    }

    public static void writeRange(DataOutput out, LogRange range) throws IOException {
        out.writeLong(range.from());
        out.writeLong(range.upTo());
    }

    public static LogRange readRange(DataInput in) throws IOException {
        return new LogRange(in.readLong(), in.readLong());
    }

    public static void writeSegment(DataOutput out, SegmentRef segment) throws IOException {
        writeKey(out, segment.key());
        writeRange(out, segment.range());
        out.writeLong(segment.sizeBytes());
        out.writeInt(segment.footerBytes());
        out.writeInt(segment.footerCrc());
        out.writeLong(segment.maxTimestampMs());
        out.writeInt(segment.level());
    }

    public static SegmentRef readSegment(DataInput in) throws IOException {
        return new SegmentRef(
                readKey(in), readRange(in), in.readLong(), in.readInt(), in.readInt(), in.readLong(), in.readInt());
    }

    public static void writeManifest(DataOutput out, ManifestRef manifest) throws IOException {
        writeKey(out, manifest.key());
        writeRange(out, manifest.range());
        out.writeLong(manifest.sizeBytes());
        out.writeInt(manifest.crc());
        out.writeInt(manifest.segments());
        out.writeLong(manifest.segmentBytes());
        out.writeInt(manifest.level());
    }

    public static ManifestRef readManifest(DataInput in) throws IOException {
        return new ManifestRef(
                readKey(in), readRange(in), in.readLong(), in.readInt(), in.readInt(), in.readLong(), in.readInt());
    }

    public static void writeLimits(DataOutput out, ProducerLimits limits) throws IOException {
        out.writeInt(limits.perStream());
        out.writeInt(limits.perShard());
        out.writeLong(limits.expiryMs());
        out.writeLong(limits.evictableMs());
    }

    public static ProducerLimits readLimits(DataInput in) throws IOException {
        return new ProducerLimits(in.readInt(), in.readInt(), in.readLong(), in.readLong());
    }

    public static void writeStreamRange(DataOutput out, StreamRange range) throws IOException {
        out.writeLong(range.first());
        out.writeLong(range.count());
        out.writeInt(range.incarnation());
        writeText(out, range.tenant().name());
    }

    public static StreamRange readStreamRange(DataInput in) throws IOException {
        return new StreamRange(in.readLong(), in.readLong(), in.readInt(), new TenantId(readText(in)));
    }

    public static void writeIntent(DataOutput out, CompactionIntent intent) throws IOException {
        out.writeLong(intent.id());
        writeList(out, intent.outputs(), SegmentFields::writeKey);
    }

    public static CompactionIntent readIntent(DataInput in) throws IOException {
        return new CompactionIntent(in.readLong(), readList(in, SegmentFields::readKey));
    }
}
