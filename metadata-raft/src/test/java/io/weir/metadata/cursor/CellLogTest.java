package io.weir.metadata.cursor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.cell.CellRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellLogTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void holdsWhatAMapWouldInTheOrderOfWriting(long seed) {
        Random random = new Random(seed);
        CellLog log = new CellLog();
        Map<String, String> model = new LinkedHashMap<>();
        int keys = 1 + random.nextInt(400);
        CellLog.View earlier = log.view();
        List<CellRecord> earlierLive = List.of();
        for (int i = 0; i < 5_000; i++) {
            String key = "key-" + random.nextInt(keys);
            boolean delete = random.nextInt(4) == 0;
            CellRecord written = record(key, delete ? null : "v".repeat(random.nextInt(40)) + i);
            long before = log.liveBytes();
            long growth = log.growth(List.of(written));
            log.write(written);
            assertThat(log.liveBytes()).isEqualTo(before + growth);
            model.remove(key);
            if (!delete) {
                model.put(key, text(written.value()));
            }
            if (random.nextInt(500) == 0) {
                assertThat(earlier.live()).as("seed %d, write %d", seed, i).isEqualTo(earlierLive);
                earlier = log.view();
                earlierLive = earlier.live();
            }
        }
        List<String> live = new ArrayList<>();
        log.view().live().forEach(found -> live.add(text(found.key()) + "=" + text(found.value())));
        List<String> expected = new ArrayList<>();
        model.forEach((key, value) -> expected.add(key + "=" + value));
        assertThat(live).as("seed %d", seed).containsExactlyElementsOf(expected);
        assertThat(log.keys()).isEqualTo(model.size());
        int bytes = model.entrySet().stream()
                .mapToInt(entry -> CellLog.RECORD_BYTES
                        + entry.getKey().length()
                        + entry.getValue().length())
                .sum();
        assertThat(log.liveBytes()).isEqualTo(bytes);
    }

    @Test
    void countsARepeatedKeyOnce() {
        CellLog log = new CellLog();
        log.write(record("a", "12345"));
        List<CellRecord> batch =
                List.of(record("a", "1"), record("a", "123456789"), record("b", "1"), record("b", null));
        long before = log.liveBytes();
        long growth = log.growth(batch);
        batch.forEach(log::write);
        assertThat(log.liveBytes() - before).isEqualTo(growth).isEqualTo(4);
    }

    @Test
    void staysSmallWhileTheSameKeysAreWrittenOver() {
        CellLog log = new CellLog();
        for (int i = 0; i < 200_000; i++) {
            log.write(record("group-" + i % 100, "offset-" + i));
        }
        assertThat(log.keys()).isEqualTo(100);
        assertThat(log.heldBytes()).isLessThan(4L * log.liveBytes() + 8192);
    }

    @Test
    void anEmptyCellHoldsNothing() {
        assertThat(new CellLog().heldBytes()).isZero();
        assertThat(new CellLog().view().live()).isEmpty();
    }

    private static CellRecord record(String key, @org.jspecify.annotations.Nullable String value) {
        return new CellRecord(
                ByteBuffer.wrap(key.getBytes(UTF_8)), value == null ? null : ByteBuffer.wrap(value.getBytes(UTF_8)));
    }

    private static String text(@org.jspecify.annotations.Nullable ByteBuffer bytes) {
        return bytes == null ? "" : UTF_8.decode(bytes.duplicate()).toString();
    }
}
