package io.weir.kafka.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StoredRecord;
import io.weir.kafka.Fuzzing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches as they are read the same by Kafka's own decoder; damaged ones are corrupt, or records, and nothing else. */
@Timeout(180)
class RecordFuzzTest {
    private static final int LIMIT_BYTES = 1 << 20;

    private final StoredRecordDecoder decoder = new StoredRecordDecoder(LIMIT_BYTES);
    private final Fuzzing fuzzing = new Fuzzing(RecordFuzzTest.class, this::attempt);

    @Test
    void damagedRecordsAreCorruptOrRead() {
        fuzzing.briefly();
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    @Timeout(value = 1, unit = java.util.concurrent.TimeUnit.DAYS)
    void damagedRecordsAreCorruptOrReadForLong() throws Exception {
        fuzzing.forLong();
    }

    private record Row(
            long offset,
            long timestampMs,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<String> headers) {}

    private void attempt(Random random) {
        ByteBuffer batch = batch(random);
        if (random.nextInt(4) == 0) {
            assertThat(rows(batch)).isEqualTo(kafkas(batch));
            return;
        }
        byte[] records = new byte[batch.remaining() - RecordBatch.HEADER_BYTES];
        batch.get(RecordBatch.HEADER_BYTES, records);
        byte[] damaged = Fuzzing.damaged(records, random);
        ByteBuffer whole = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + damaged.length);
        whole.put(batch.slice(0, RecordBatch.HEADER_BYTES)).put(damaged).flip();
        try {
            assertThat(rows(whole))
                    .hasSizeLessThanOrEqualTo(RecordBatch.trusted(whole).recordCount());
        } catch (ServiceException refused) {
            assertThat(refused.code()).isEqualTo(FailureCode.CORRUPT);
        }
    }

    private List<Row> rows(ByteBuffer batch) {
        List<Row> rows = new ArrayList<>();
        StoredBatches stored = new StoredBatches.Raw(77, 0, RecordBatch.trusted(batch));
        try (RecordDecoder.Records records = decoder.records(stored, 0)) {
            while (records.hasNext()) {
                StoredRecord record = records.next();
                List<String> headers = new ArrayList<>();
                record.headers().forEach(header -> headers.add(header.key() + copy(header.value())));
                rows.add(new Row(
                        record.offset(), record.timestampMs(), copy(record.key()), copy(record.value()), headers));
            }
        }
        return rows;
    }

    private static List<Row> kafkas(ByteBuffer batch) {
        ByteBuffer copy =
                ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
        RecordBatch.writeAssigned(copy.duplicate(), 77, copy.remaining(), 0);
        List<Row> rows = new ArrayList<>();
        for (Record record : MemoryRecords.readableRecords(copy).records()) {
            List<String> headers = new ArrayList<>();
            for (Header header : record.headers()) {
                headers.add(header.key() + copy(header.value() == null ? null : ByteBuffer.wrap(header.value())));
            }
            rows.add(new Row(record.offset(), record.timestamp(), copy(record.key()), copy(record.value()), headers));
        }
        return rows;
    }

    private static @Nullable ByteBuffer copy(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? null
                : ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    private static ByteBuffer batch(Random random) {
        CompressionType codec = CompressionType.forId(random.nextInt(5));
        SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(10)];
        for (int i = 0; i < records.length; i++) {
            Header[] headers = new Header[random.nextInt(3)];
            for (int j = 0; j < headers.length; j++) {
                headers[j] = new RecordHeader("h" + j, random.nextInt(5) == 0 ? null : bytes(random, 10));
            }
            records[i] = new SimpleRecord(
                    1_000_000 + random.nextInt(100),
                    random.nextInt(5) == 0 ? null : bytes(random, 20),
                    random.nextInt(5) == 0 ? null : bytes(random, i == 0 ? 50_000 : 200),
                    headers);
        }
        return MemoryRecords.withRecords(Compression.of(codec).build(), records).buffer();
    }

    private static byte[] bytes(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        }
        return bytes;
    }
}
