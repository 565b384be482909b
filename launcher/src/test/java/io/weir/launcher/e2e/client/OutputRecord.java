package io.weir.launcher.e2e.client;

import io.weir.launcher.e2e.client.InputRecord.Header;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** The line that every test client prints for a record it has read. */
public final class OutputRecord {
    private OutputRecord() {}

    static String of(ConsumerRecord<byte[], byte[]> record) {
        List<Header> headers = new ArrayList<>();
        record.headers().forEach(header -> headers.add(new Header(header.key(), header.value())));
        return line(record.partition(), record.offset(), record.key(), record.value(), headers);
    }

    public static String line(
            int partition, long offset, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        return "{\"p\":" + partition + ",\"o\":" + offset + ",\"k\":" + quoted(key) + ",\"n\":"
                + (value == null ? -1 : value.length) + ",\"sha256\":" + digest(value) + ",\"h\":["
                + headers.stream()
                        .map(header -> "[\"" + header.name() + "\"," + quoted(header.value()) + "]")
                        .collect(Collectors.joining(","))
                + "]}";
    }

    private static String quoted(byte @Nullable [] bytes) {
        return bytes == null ? "null" : "\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
    }

    private static String digest(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "null";
        }
        try {
            return "\""
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)) + "\"";
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
