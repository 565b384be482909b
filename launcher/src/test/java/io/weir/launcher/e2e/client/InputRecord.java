package io.weir.launcher.e2e.client;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One record for a client to send, and the line that says so.
 *
 * @param partition null where the client is to choose
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes, never compared
public record InputRecord(
        String codec,
        @Nullable Integer partition,
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<Header> headers) {

    /** A record's header. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Header(String name, byte @Nullable [] value) {}

    public static InputRecord parse(String line) {
        String[] parts = line.split("\t", -1);
        List<Header> headers = new ArrayList<>();
        for (String header : parts[4].split(",", -1)) {
            if (!header.isEmpty()) {
                int equals = header.indexOf('=');
                headers.add(new Header(header.substring(0, equals), decoded(header.substring(equals + 1))));
            }
        }
        return new InputRecord(
                parts[0],
                parts[1].equals("-") ? null : Integer.valueOf(parts[1]),
                decoded(parts[2]),
                decoded(parts[3]),
                headers);
    }

    public String line() {
        return String.join(
                "\t",
                codec,
                partition == null ? "-" : partition.toString(),
                encoded(key),
                encoded(value),
                headers.stream()
                        .map(header -> header.name() + "=" + encoded(header.value()))
                        .collect(Collectors.joining(",")));
    }

    /** The line that a consumer prints for this record at the place. */
    public String output(int atPartition, long offset) {
        return OutputRecord.line(atPartition, offset, key, value, headers);
    }

    private static String encoded(byte @Nullable [] bytes) {
        return bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes);
    }

    private static byte @Nullable [] decoded(String text) {
        return text.equals("-") ? null : Base64.getDecoder().decode(text);
    }
}
