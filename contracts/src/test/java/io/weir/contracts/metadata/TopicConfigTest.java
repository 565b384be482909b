package io.weir.contracts.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicConfigTest {
    @Test
    void settingsReadBackAsThemselves() {
        TopicConfig config = new TopicConfig(
                1,
                2,
                3,
                TopicConfig.TimestampType.LOG_APPEND_TIME,
                TopicConfig.CompressionType.ZSTD,
                2,
                TopicConfig.SchemaValidation.BOTH,
                new TableConfig(
                        false,
                        Duration.ofSeconds(90),
                        TableConfig.ValueFormat.AVRO,
                        TableConfig.PartitionBy.MONTH,
                        86_400_000,
                        TableConfig.OnBadRecord.SUSPEND,
                        Duration.ZERO,
                        OptionalInt.of(3)));

        assertThat(TopicConfig.parse(config.settings())).isEqualTo(new TopicConfig.Parsed.Ok(config));
        assertThat(TopicConfig.parse(Map.of())).isEqualTo(new TopicConfig.Parsed.Ok(TopicConfig.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource({
        "retention.ms, -2",
        "schema.validation, all",
        "table.enabled, yes",
        "table.commit-interval, 499ms",
        "table.commit-interval, 3601s",
        "table.commit-interval, 10 s",
        "table.value-format, xml",
        "table.partition-by, week",
        "table.retention, -2",
        "table.on-bad-record, ignore",
        "table.max-hold, 91d",
        "table.max-hold, 9999999999999d",
        "table.format-version, 1",
        "table.unknown, 1",
        "retention.ms, soon",
        "retention.bytes, -2",
        "max.message.bytes, -1",
        "max.message.bytes, 2147483648",
        "message.timestamp.type, createtime",
        "compression.type, brotli",
        "min.insync.replicas, 0",
        "cleanup.policy, compact",
        "cleanup.policy, 'compact,delete'",
        "segment.bytes, 1000",
        "no.such.setting, 1",
        "retention.ms, ''"
    })
    void refusesWhatItDoesNotActOn(String name, String value) {
        assertThat(TopicConfig.parse(Map.of(name, value)))
                .isInstanceOfSatisfying(
                        TopicConfig.Parsed.Refused.class,
                        refused -> assertThat(refused.message()).contains(name));
    }

    @Test
    void admitsTheLargestBatchAndNotOneByteMore() {
        assertThat(maxMessageBytes(RecordBatch.MAX_BYTES)).isInstanceOf(TopicConfig.Parsed.Ok.class);
        assertThat(maxMessageBytes(RecordBatch.MAX_BYTES + 1)).isInstanceOf(TopicConfig.Parsed.Refused.class);
    }

    private static TopicConfig.Parsed maxMessageBytes(int bytes) {
        return TopicConfig.parse(Map.of(TopicConfig.MAX_MESSAGE_BYTES, Integer.toString(bytes)));
    }
}
