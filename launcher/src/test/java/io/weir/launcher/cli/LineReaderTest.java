package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    @Test
    void splitsAtLineEndsOfBothKinds() throws IOException {
        assertThat(lines("a\nb\r\n\nc", 10)).containsExactly("a", "b", "", "c");
    }

    @Test
    void readsLinesLongerThanItsBuffer() throws IOException {
        String line = "x".repeat(200_000);

        assertThat(lines(line + "\n" + line, 200_000)).containsExactly(line, line);
    }

    @Test
    void refusesALineOverTheLimit() {
        assertThatThrownBy(() -> lines("12345678901\n", 10))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("longer than 10 bytes");
    }

    private static List<String> lines(String text, int maxLineBytes) throws IOException {
        LineReader reader =
                new LineReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), maxLineBytes);
        List<String> lines = new ArrayList<>();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            lines.add(new String(line, StandardCharsets.UTF_8));
        }
        return lines;
    }
}
