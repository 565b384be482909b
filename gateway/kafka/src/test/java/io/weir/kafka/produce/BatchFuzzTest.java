package io.weir.kafka.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.metadata.TableConfig;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.kafka.Fuzzing;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged batches of every codec, with a CRC that is right: refused, or such that Kafka's own decoder reads them. */
@Timeout(180)
class BatchFuzzTest {
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;
    private static final int MAX_DECOMPRESSED_BYTES = 1 << 20;

    private final BatchChecker checker = new BatchChecker(MAX_DECOMPRESSED_BYTES, Clock.systemUTC());
    private final Fuzzing fuzzing = new Fuzzing(BatchFuzzTest.class, this::attempt);

    @Test
    void damagedBatchesAreRefusedOrReadable() {
        fuzzing.briefly();
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    @Timeout(value = 1, unit = java.util.concurrent.TimeUnit.DAYS)
    void damagedBatchesAreRefusedOrReadableForLong() throws Exception {
        fuzzing.forLong();
    }

    private void attempt(Random random) {
        TopicConfig config = config(random);
        CheckedBatch checked = checker.check(batch(random), (short) 12, config, null);
        if (checked instanceof CheckedBatch.Unopened(RecordBatch batch)) {
            checked = checker.open(batch, config, null);
        }
        if (checked instanceof CheckedBatch.Ready ready) {
            assertReadable(ready.batch());
        } else {
            assertThat(checked).isInstanceOf(CheckedBatch.Refused.class);
        }
    }

    private static TopicConfig config(Random random) {
        TopicConfig.CompressionType[] types = TopicConfig.CompressionType.values();
        TopicConfig.TimestampType[] clocks = TopicConfig.TimestampType.values();
        return new TopicConfig(
                -1,
                -1,
                4 << 20,
                clocks[random.nextInt(clocks.length)],
                types[random.nextInt(types.length)],
                1,
                TopicConfig.SchemaValidation.NONE,
                TableConfig.DEFAULT);
    }

    private static ByteBuffer batch(Random random) {
        CompressionType codec = CompressionType.forId(random.nextInt(5));
        SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(10)];
        for (int i = 0; i < records.length; i++) {
            Header[] headers = new Header[random.nextInt(3)];
            for (int j = 0; j < headers.length; j++) {
                headers[j] = new RecordHeader("h" + j, bytes(random, 10));
            }
            records[i] = new SimpleRecord(
                    1_000_000 + random.nextInt(100), bytes(random, 20), bytes(random, i == 0 ? 5000 : 200), headers);
        }
        ByteBuffer whole = MemoryRecords.withRecords(Compression.of(codec).build(), records)
                .buffer();
        byte[] payload = new byte[whole.remaining() - RecordBatch.HEADER_BYTES];
        whole.get(RecordBatch.HEADER_BYTES, payload);
        byte[] damaged = Fuzzing.damaged(payload, random);
        ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + damaged.length);
        batch.put(whole.slice(0, RecordBatch.HEADER_BYTES)).put(damaged).flip();
        if (random.nextInt(10) == 0) {
            int at = ATTRIBUTES_AT + random.nextInt(RecordBatch.HEADER_BYTES - ATTRIBUTES_AT);
            batch.put(at, (byte) random.nextInt());
        }
        batch.putInt(8, batch.remaining() - RecordBatch.LENGTH_PREFIX_BYTES);
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(ATTRIBUTES_AT, batch.limit() - ATTRIBUTES_AT));
        return batch.putInt(CRC_AT, (int) crc.getValue());
    }

    private static byte[] bytes(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        }
        return bytes;
    }

    private static void assertReadable(RecordBatch batch) {
        int count = 0;
        for (MutableRecordBatch one :
                MemoryRecords.readableRecords(batch.bytes()).batches()) {
            one.ensureValid();
            for (Record record : one) {
                assertThat(record.offset()).isEqualTo(one.baseOffset() + count);
                assertThat(record.headers()).isNotNull();
                count++;
            }
        }
        assertThat(count).isEqualTo(batch.recordCount());
    }
}
