package io.weir.launcher.cli;

import io.weir.launcher.json.JsonText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Prints records: as text their bytes as they are; as JSON with everything that belongs to them. Bytes that are no
 * UTF-8 appear in JSON under the name with {@code Base64} behind it.
 *
 * <p>Threading: one thread.
 */
final class RecordPrinter {
    private static final byte[] NULL = "null".getBytes(StandardCharsets.UTF_8);

    private final OutputStream out;
    private final OutputFormat format;
    private final boolean keys;

    RecordPrinter(OutputStream out, OutputFormat format, boolean keys) {
        this.out = out;
        this.format = format;
        this.keys = keys;
    }

    void print(ConsumerRecord<byte[], byte[]> record) throws IOException {
        switch (format) {
            case TEXT -> {
                if (keys) {
                    out.write(orNull(record.key()));
                    out.write('\t');
                }
                out.write(orNull(record.value()));
            }
            case JSON -> out.write(JsonText.of(json(record)).getBytes(StandardCharsets.UTF_8));
        }
        out.write('\n');
    }

    void flush() throws IOException {
        out.flush();
    }

    private static byte[] orNull(byte @Nullable [] bytes) {
        return bytes == null ? NULL : bytes;
    }

    private static Map<String, @Nullable Object> json(ConsumerRecord<byte[], byte[]> record) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("topic", record.topic());
        json.put("partition", record.partition());
        json.put("offset", record.offset());
        json.put("timestamp", record.timestamp());
        put(json, "key", record.key());
        put(json, "value", record.value());
        List<Map<String, @Nullable Object>> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("name", header.key());
            put(entry, "value", header.value());
            headers.add(entry);
        }
        json.put("headers", headers);
        return json;
    }

    private static void put(Map<String, @Nullable Object> json, String name, byte @Nullable [] bytes) {
        if (bytes == null) {
            json.put(name, null);
            return;
        }
        try {
            json.put(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException notText) {
            json.put(name + "Base64", Base64.getEncoder().encodeToString(bytes));
        }
    }
}
