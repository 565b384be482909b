package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecordPrinterTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void printsValuesAsTheyAre() throws IOException {
        print(OutputFormat.TEXT, false, new byte[] {1}, new byte[] {(byte) 0xff, 'x'});

        assertThat(out.toByteArray()).containsExactly(0xff, 'x', '\n');
    }

    @Test
    void printsKeysBeforeATab() throws IOException {
        print(OutputFormat.TEXT, true, bytes("k"), bytes("v"));

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("k\tv\n");
    }

    @Test
    void printsEverythingAsJson() throws IOException {
        print(OutputFormat.JSON, false, new byte[] {(byte) 0xff}, bytes("say \"hi\"\n\u0001ü"));

        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("{\"topic\":\"t\",\"partition\":3,\"offset\":7,\"timestamp\":5,\"keyBase64\":\"/w==\","
                        + "\"value\":\"say \\\"hi\\\"\\n\\u0001ü\",\"headers\":[{\"name\":\"h\",\"value\":\"1\"}]}\n");
    }

    private void print(OutputFormat format, boolean keys, byte[] key, byte[] value) throws IOException {
        RecordHeaders headers = new RecordHeaders();
        headers.add("h", bytes("1"));
        new RecordPrinter(out, format, keys)
                .print(new ConsumerRecord<>(
                        "t", 3, 7L, 5L, TimestampType.CREATE_TIME, 1, 1, key, value, headers, Optional.empty()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
