package io.weir.kafka.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.metadata.TableConfig;
import io.weir.contracts.metadata.TopicConfig;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BatchCheckerTest {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final long PRODUCED_MS = 1_600_000_000_000L;

    private final BatchChecker checker =
            new BatchChecker(1 << 20, Clock.fixed(Instant.ofEpochMilli(NOW_MS), ZoneOffset.UTC));

    private static TopicConfig topic(TopicConfig.TimestampType clock, TopicConfig.CompressionType codec) {
        return new TopicConfig(
                -1, -1, 1 << 20, clock, codec, 1, TopicConfig.SchemaValidation.NONE, TableConfig.DEFAULT);
    }

    private static MemoryRecords idempotent(CompressionType codec) {
        SimpleRecord[] records = new SimpleRecord[20];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(PRODUCED_MS + i, ("k" + i).getBytes(StandardCharsets.UTF_8), new byte[100]);
        }
        return MemoryRecords.withIdempotentRecords(Compression.of(codec).build(), 77L, (short) 3, 40, records);
    }

    private CheckedBatch.Ready ready(MemoryRecords produced, TopicConfig config) {
        CheckedBatch checked = checker.check(produced.buffer(), (short) 12, config, null);
        if (checked instanceof CheckedBatch.Unopened(RecordBatch batch)) {
            checked = checker.open(batch, config, null);
        }
        assertThat(checked).isInstanceOf(CheckedBatch.Ready.class);
        return (CheckedBatch.Ready) checked;
    }

    private static MutableRecordBatch decoded(CheckedBatch.Ready ready) {
        MutableRecordBatch batch = MemoryRecords.readableRecords(ready.batch().bytes())
                .batches()
                .iterator()
                .next();
        batch.ensureValid();
        return batch;
    }

    private static List<String> keys(MutableRecordBatch batch) {
        List<String> keys = new ArrayList<>();
        for (Record record : batch) {
            keys.add(StandardCharsets.UTF_8.decode(record.key()).toString());
        }
        return keys;
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void stampsWithTheLogAppendTimeAndMendsTheCrc(CompressionType codec) {
        // When
        CheckedBatch.Ready ready = ready(
                idempotent(codec),
                topic(TopicConfig.TimestampType.LOG_APPEND_TIME, TopicConfig.CompressionType.PRODUCER));

        // Then
        MutableRecordBatch stored = decoded(ready);
        assertThat(ready.logAppendTimeMs()).isEqualTo(NOW_MS);
        assertThat(stored.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(stored.maxTimestamp()).isEqualTo(NOW_MS);
        assertThat(stored.compressionType()).isEqualTo(codec);
        assertThat(stored.iterator().next().timestamp()).isEqualTo(NOW_MS);
        assertThat(keys(stored)).hasSize(20).startsWith("k0", "k1");
    }

    @ParameterizedTest
    @CsvSource({
        "UNCOMPRESSED, GZIP, NONE", "UNCOMPRESSED, ZSTD, NONE", "GZIP, NONE, GZIP", "SNAPPY, GZIP, SNAPPY",
        "LZ4, SNAPPY, LZ4", "ZSTD, LZ4, ZSTD", "ZSTD, ZSTD, ZSTD", "PRODUCER, LZ4, LZ4"
    })
    void storesWithTheCodecOfTheTopic(
            TopicConfig.CompressionType wanted, CompressionType produced, CompressionType stored) {
        // When
        CheckedBatch.Ready ready = ready(idempotent(produced), topic(TopicConfig.TimestampType.CREATE_TIME, wanted));

        // Then
        MutableRecordBatch batch = decoded(ready);
        assertThat(batch.compressionType()).isEqualTo(stored);
        assertThat(batch.producerId()).isEqualTo(77);
        assertThat(batch.producerEpoch()).isEqualTo((short) 3);
        assertThat(batch.baseSequence()).isEqualTo(40);
        assertThat(batch.maxTimestamp()).isEqualTo(PRODUCED_MS + 19);
        assertThat(batch.iterator().next().timestamp()).isEqualTo(PRODUCED_MS);
        assertThat(keys(batch)).hasSize(20).startsWith("k0", "k1");
    }

    @Test
    void stampsWhatItReencodes() {
        MutableRecordBatch batch = decoded(ready(
                idempotent(CompressionType.NONE),
                topic(TopicConfig.TimestampType.LOG_APPEND_TIME, TopicConfig.CompressionType.ZSTD)));
        assertThat(batch.compressionType()).isEqualTo(CompressionType.ZSTD);
        assertThat(batch.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(batch.maxTimestamp()).isEqualTo(NOW_MS);
    }

    @Test
    void refusesToReencodeATimestampThatCannotBeWritten() {
        MemoryRecords produced = MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(PRODUCED_MS, new byte[1]), new SimpleRecord(1, new byte[1]));
        java.nio.ByteBuffer bytes = produced.buffer();
        bytes.putLong(27, -PRODUCED_MS);
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes.slice(21, bytes.limit() - 21));
        bytes.putInt(17, (int) crc.getValue());
        TopicConfig config = topic(TopicConfig.TimestampType.CREATE_TIME, TopicConfig.CompressionType.LZ4);
        CheckedBatch checked = checker.check(bytes, (short) 12, config, null);
        assertThat(checked).isInstanceOf(CheckedBatch.Unopened.class);
        assertThat(checker.open(((CheckedBatch.Unopened) checked).batch(), config, null))
                .isInstanceOfSatisfying(
                        CheckedBatch.Refused.class,
                        refused -> assertThat(refused.error()).isEqualTo(Errors.INVALID_TIMESTAMP));
    }
}
