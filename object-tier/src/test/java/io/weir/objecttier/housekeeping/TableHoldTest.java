package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.StreamId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableHoldTest {
    private static final StreamId STREAM = new StreamId(0);
    private static final long RETENTION_MS = 100_000;
    private static final long HOLD_MS = 3_600_000;

    private final ShardWorld world = new ShardWorld(42);

    @BeforeEach
    void withTables() {
        world.tables(true);
    }

    private static Map<String, String> byTime(String... more) {
        Map<String, String> config = new HashMap<>(Map.of("retention.ms", "" + RETENTION_MS, "table.max-hold", "1h"));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    /** Topic 0 has streams 0 and 1. */
    private void configure(Map<String, String> config) {
        world.metadata.topics(ShardWorld.SHARD, 2, List.of(config));
    }

    private long from() {
        return world.shard.flushedRange(STREAM).orElseThrow().from();
    }

    private long end() {
        return world.shard.flushedRange(STREAM).orElseThrow().to();
    }

    private void passLater(long ms) {
        world.nowMs += ms;
        world.pass();
    }

    @Test
    void retentionWaitsForATopicWithoutATableUntilTheHoldIsOver() {
        configure(byTime());
        world.flush(Map.of(0L, 5));
        passLater(RETENTION_MS + 1);
        assertThat(from()).isZero();

        passLater(HOLD_MS - 1);
        assertThat(from()).as("at the bound").isZero();
        world.verify("while it is held");

        passLater(1);
        assertThat(from()).as("one past the bound").isEqualTo(end());
        assertThat(world.shard.view().segments()).isEmpty();
    }

    @Test
    void whatIsInTheTableGoesInTimeAndTheRestStays() {
        configure(byTime());
        world.flush(Map.of(0L, 5));
        long fed = end();
        world.flush(Map.of(0L, 5));
        world.metadata.watermark(0, Map.of(STREAM, fed));

        passLater(RETENTION_MS + 1);

        assertThat(from()).isEqualTo(fed);
        world.verify("after what was fed is gone");
    }

    @Test
    void aRangeOfWhichTheLastRecordIsNotInTheTableStays() {
        configure(byTime());
        world.flush(Map.of(0L, 5));
        world.metadata.watermark(0, Map.of(STREAM, end() - 1));
        passLater(RETENTION_MS + 1);
        assertThat(from()).isZero();

        world.metadata.watermark(0, Map.of(STREAM, end()));
        passLater(600_001);
        assertThat(from()).as("once the table has it").isEqualTo(end());
    }

    @Test
    void anotherStreamOfTheTopicIsHeldForItself() {
        configure(byTime());
        world.flush(Map.of(0L, 5, 1L, 5));
        world.metadata.watermark(0, Map.of(STREAM, end()));

        passLater(RETENTION_MS + 1);

        assertThat(from()).isEqualTo(end());
        assertThat(world.shard.flushedRange(new StreamId(1)).orElseThrow().from())
                .isZero();
    }

    @Test
    void nothingIsHeldForATopicThatIsNoTable() {
        configure(byTime("table.enabled", "false"));
        world.flush(Map.of(0L, 5));
        passLater(RETENTION_MS + 1);
        assertThat(from()).isEqualTo(end());
    }

    @Test
    void nothingIsHeldWithoutTables() {
        world.tables(false);
        configure(byTime());
        world.flush(Map.of(0L, 5));
        passLater(RETENTION_MS + 1);
        assertThat(from()).isEqualTo(end());
        assertThat(world.housekeeping().tableHoldShare()).isZero();
    }

    @Test
    void aTopicWhoseTableIsSwitchedOffIsNotHeldAnyLonger() {
        configure(byTime());
        world.flush(Map.of(0L, 5));
        passLater(RETENTION_MS + 1);
        assertThat(from()).isZero();

        configure(byTime("table.enabled", "false"));
        passLater(1);
        assertThat(from()).isEqualTo(end());
    }

    @Test
    void recordsWithoutATimestampAreNotHeld() {
        configure(Map.of("retention.ms", "-1", "retention.bytes", "0", "table.max-hold", "1h"));
        long now = world.nowMs;
        world.nowMs = -1;
        world.flush(Map.of(0L, 5));
        world.nowMs = now;
        passLater(1);
        assertThat(from()).isEqualTo(end());
    }

    @Test
    void retentionByBytesWaitsAsLong() {
        configure(byTime("retention.bytes", "0"));
        world.flush(Map.of(0L, 5));
        passLater(60_000);
        assertThat(from()).as("too much, but neither old nor in the table").isZero();

        passLater(RETENTION_MS + HOLD_MS - 60_000);
        assertThat(from()).as("at the bound").isZero();

        passLater(60_000);
        assertThat(from()).as("past the bound").isEqualTo(end());
    }

    @Test
    void retentionByBytesAloneWaitsForTheHoldAlone() {
        configure(Map.of("retention.ms", "-1", "retention.bytes", "0", "table.max-hold", "1h"));
        world.flush(Map.of(0L, 5));
        passLater(HOLD_MS);
        assertThat(from()).as("at the bound").isZero();

        passLater(60_000);
        assertThat(from()).as("past the bound, though nothing else has changed").isEqualTo(end());
    }

    @Test
    void retentionByBytesTakesWhatIsInTheTable() {
        configure(byTime("retention.bytes", "0"));
        world.flush(Map.of(0L, 5));
        long fed = end();
        world.flush(Map.of(0L, 5));
        world.metadata.watermark(0, Map.of(STREAM, fed));
        passLater(60_000);
        assertThat(from()).isEqualTo(fed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "0"})
    void tellsHowMuchOfTheHoldIsOver(String retentionBytes) {
        configure(byTime("retention.bytes", retentionBytes));
        world.flush(Map.of(0L, 5));
        passLater(RETENTION_MS);
        assertThat(world.housekeeping().tableHoldShare()).isZero();

        passLater(HOLD_MS / 2);
        assertThat(world.housekeeping().tableHoldShare()).isEqualTo(0.5);

        world.metadata.watermark(0, Map.of(STREAM, end()));
        passLater(600_001);
        assertThat(world.housekeeping().tableHoldShare()).isZero();
        assertThat(from()).isEqualTo(end());
    }

    @Test
    void topicsWithoutAHoldAreAgedInTime() {
        configure(byTime("table.max-hold", "0"));
        world.flush(Map.of(0L, 5));
        passLater(RETENTION_MS);
        assertThat(from()).isZero();
        passLater(1);
        assertThat(from()).isEqualTo(end());
    }

    @Test
    void anExplicitTrimWaitsForNoTable() {
        configure(byTime());
        world.flush(Map.of(0L, 5));
        world.shard.led().trim(Map.of(STREAM, end())).join();
        passLater(1);
        assertThat(from()).isEqualTo(end());
        assertThat(world.shard.view().segments()).isEmpty();
    }
}
