package io.weir.lakehouse.columns;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** Avro schemas by id, and values framed with one. */
final class Registered implements SchemasById {
    private final Map<Integer, Found> found = new HashMap<>();

    Schema add(int id, String text) {
        found.put(id, new Found.Avro(text, List.of()));
        return new Schema.Parser().parse(text);
    }

    void add(int id, Found what) {
        found.put(id, what);
    }

    /** A record of these fields, given as JSON. */
    Schema fields(int id, String fields) {
        return add(id, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + fields + "]}");
    }

    @Override
    public Found schema(int id) {
        return found.getOrDefault(id, new Found.Missing());
    }

    static byte[] framed(int id, byte[] datum) {
        return ByteBuffer.allocate(5 + datum.length)
                .put((byte) 0)
                .putInt(id)
                .put(datum)
                .array();
    }

    static byte[] framed(int id, Schema schema, Object datum) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            new GenericDatumWriter<>(schema).write(datum, encoder);
            encoder.flush();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return framed(id, bytes.toByteArray());
    }

    /** Numbers as Avro writes lengths and whole numbers. */
    static byte[] longs(long... numbers) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            for (long number : numbers) {
                encoder.writeLong(number);
            }
            encoder.flush();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return bytes.toByteArray();
    }
}
