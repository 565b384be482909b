package io.weir.kafka.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StoredRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredRecordDecoderTest {
    private static final int LIMIT_BYTES = 1 << 20;
    private static final long FIRST_MS = 1_700_000_000_000L;

    private final StoredRecordDecoder decoder = new StoredRecordDecoder(LIMIT_BYTES);

    /** What a test compares: a record's content outlives it only as a copy. */
    record Row(long offset, long timestampMs, boolean logAppendTime, String key, String value, List<String> headers) {
        static Row of(StoredRecord record) {
            List<String> headers = new ArrayList<>();
            record.headers().forEach(header -> headers.add(header.key() + "=" + text(header.value())));
            return new Row(
                    record.offset(),
                    record.timestampMs(),
                    record.logAppendTime(),
                    text(record.key()),
                    text(record.value()),
                    headers);
        }

        static String text(@Nullable ByteBuffer bytes) {
            return bytes == null
                    ? "null"
                    : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        }
    }

    private List<Row> rows(StoredBatches batches, long from) {
        List<Row> rows = new ArrayList<>();
        try (RecordDecoder.Records records = decoder.records(batches, from)) {
            records.forEachRemaining(record -> rows.add(Row.of(record)));
        }
        return rows;
    }

    private static SimpleRecord[] three() {
        Header[] headers = {new RecordHeader("h", "1".getBytes(StandardCharsets.UTF_8)), new RecordHeader("h", null)};
        return new SimpleRecord[] {
            new SimpleRecord(FIRST_MS, "k0".getBytes(StandardCharsets.UTF_8), "v0".getBytes(StandardCharsets.UTF_8)),
            new SimpleRecord(FIRST_MS + 5, null, "v1".getBytes(StandardCharsets.UTF_8), headers),
            new SimpleRecord(FIRST_MS - 5, "k2".getBytes(StandardCharsets.UTF_8), null)
        };
    }

    private static MemoryRecords batch(CompressionType codec, SimpleRecord... records) {
        return MemoryRecords.withRecords(Compression.of(codec).build(), records);
    }

    private static StoredBatches raw(long base, MemoryRecords records) {
        return new StoredBatches.Raw(base, 3, RecordBatch.trusted(records.buffer()));
    }

    private static StoredBatches finished(ByteBuffer... batches) {
        int size = 0;
        for (ByteBuffer batch : batches) {
            size += batch.remaining();
        }
        ByteBuffer run = ByteBuffer.allocate(size + 3).position(3);
        for (ByteBuffer batch : batches) {
            run.put(batch.duplicate());
        }
        RecordBatch first = RecordBatch.trusted(batches[0]);
        RecordBatch last = RecordBatch.trusted(batches[batches.length - 1]);
        return new StoredBatches.Finished(
                first.declaredBaseOffset(),
                last.declaredBaseOffset() + last.lastOffsetDelta() + 1,
                run.flip().position(3));
    }

    private static ByteBuffer at(long base, MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        RecordBatch.writeAssigned(bytes.duplicate(), base, bytes.remaining(), 0);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void givesOutKeysValuesHeadersAndTimes(CompressionType codec) {
        // When
        List<Row> rows = rows(raw(40, batch(codec, three())), 0);

        // Then
        assertThat(rows)
                .containsExactly(
                        new Row(40, FIRST_MS, false, "k0", "v0", List.of()),
                        new Row(41, FIRST_MS + 5, false, "null", "v1", List.of("h=1", "h=null")),
                        new Row(42, FIRST_MS - 5, false, "k2", "null", List.of()));
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void readsWhatALogGivesBackReadOnlyAfterARestart(CompressionType codec) {
        // Given
        RecordBatch readOnly =
                RecordBatch.trusted(batch(codec, three()).buffer().asReadOnlyBuffer());

        // When
        List<Row> rows = rows(new StoredBatches.Raw(40, 3, readOnly), 0);

        // Then
        assertThat(rows).isEqualTo(rows(raw(40, batch(codec, three())), 0)).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void beginsInsideABatchAndGoesOnInTheNext(CompressionType codec) {
        // Given
        StoredBatches run = finished(
                at(10, batch(codec, three())),
                at(13, batch(CompressionType.NONE, three())),
                at(20, batch(codec, three())));

        // When
        List<Row> rows = rows(run, 12);

        // Then
        assertThat(rows).extracting(Row::offset).containsExactly(12L, 13L, 14L, 15L, 20L, 21L, 22L);
    }

    @Test
    void offsetsBeyondThirtyTwoBitsStayWhole() {
        assertThat(rows(raw(1L << 40, batch(CompressionType.ZSTD, three())), (1L << 40) + 2))
                .extracting(Row::offset)
                .containsExactly((1L << 40) + 2);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void theLogsOwnTimeIsEveryRecordsTime(CompressionType codec) {
        // Given
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1024),
                RecordBatch.MAGIC,
                Compression.of(codec).build(),
                TimestampType.LOG_APPEND_TIME,
                7L,
                FIRST_MS + 99,
                RecordBatch.NO_PRODUCER,
                (short) -1,
                RecordBatch.NO_SEQUENCE,
                false,
                0);
        for (SimpleRecord record : three()) {
            builder.append(record);
        }

        // When
        List<Row> rows = rows(raw(7, builder.build()), 0);

        // Then
        assertThat(rows).extracting(Row::timestampMs).containsOnly(FIRST_MS + 99);
        assertThat(rows).extracting(Row::logAppendTime).containsOnly(true);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void whatCompactionLeftIsSparse(CompressionType codec) {
        // Given
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1024), Compression.of(codec).build(), TimestampType.CREATE_TIME, 100L);
        builder.appendWithOffset(103, three()[0]);
        builder.appendWithOffset(109, three()[1]);

        // When
        List<Row> rows = rows(finished(at(100, builder.build())), 104);

        // Then
        assertThat(rows).extracting(Row::offset).containsExactly(109L);
    }

    @Test
    void controlBatchesAreLeftOut() {
        MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                13, FIRST_MS, 0, 5L, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
        StoredBatches run = finished(at(10, batch(CompressionType.LZ4, three())), marker.buffer());
        assertThat(rows(run, 0)).extracting(Row::offset).containsExactly(10L, 11L, 12L);
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionType.class,
            names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
    void aBatchAtTheLimitIsGivenOutAndOneByteMoreIsCorrupt(CompressionType codec) {
        // Given
        int overhead = 11;
        byte[] noise = new byte[LIMIT_BYTES - overhead];
        new Random(1).nextBytes(noise);
        MemoryRecords full = batch(codec, new SimpleRecord(FIRST_MS, null, noise));
        MemoryRecords over =
                batch(codec, new SimpleRecord(FIRST_MS, null, java.util.Arrays.copyOf(noise, noise.length + 1)));

        // Then
        assertThat(rows(raw(0, full), 0)).hasSize(1);
        assertThatThrownBy(() -> rows(raw(0, over), 0))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT));
    }

    @Test
    void aRunThatEndsInsideABatchIsCorrupt() {
        // Given
        ByteBuffer whole = at(10, batch(CompressionType.NONE, three()));
        StoredBatches cut = new StoredBatches.Finished(10, 13, whole.slice(0, whole.remaining() - 1));

        // Then
        assertThatThrownBy(() -> rows(cut, 0))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT));
    }

    @Test
    void aClosedIterationHasNoMoreRecords() {
        RecordDecoder.Records records = decoder.records(raw(0, batch(CompressionType.ZSTD, three())), 0);
        records.next();
        records.close();
        records.close();
        assertThat(records.hasNext()).isFalse();
    }
}
