package io.weir.engines;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Avro values as Confluent's serializers write them: a zero, the schema's id, the datum; in two versions of a schema.
 */
final class Payments {
    static final String FIRST_SCHEMA = """
            {"type":"record","name":"Payment","fields":[
              {"name":"id","type":"long"},{"name":"amount","type":"int"}]}""";

    /** A wider amount and one more field. */
    static final String SECOND_SCHEMA = """
            {"type":"record","name":"Payment","fields":[
              {"name":"id","type":"long"},{"name":"amount","type":"long"},
              {"name":"note","type":["null","string"],"default":null}]}""";

    private Payments() {}

    static byte[] first(int schemaId, long id, int amount) {
        ByteArrayOutputStream out = header(schemaId);
        number(out, id);
        number(out, amount);
        return out.toByteArray();
    }

    static byte[] second(int schemaId, long id, long amount, String note) {
        ByteArrayOutputStream out = header(schemaId);
        number(out, id);
        number(out, amount);
        byte[] text = note.getBytes(StandardCharsets.UTF_8);
        number(out, 1);
        number(out, text.length);
        out.writeBytes(text);
        return out.toByteArray();
    }

    private static ByteArrayOutputStream header(int schemaId) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(schemaId).array());
        return out;
    }

    /** Zig-zag, seven bits a byte. */
    private static void number(ByteArrayOutputStream out, long value) {
        long left = (value << 1) ^ (value >> 63);
        while ((left & ~0x7FL) != 0) {
            out.write((int) ((left & 0x7F) | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
    }
}
