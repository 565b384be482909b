package io.weir.contracts.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordBatchTest {
    private static final int LIMIT = 1 << 20;

    @Test
    void readsEveryHeaderField() {
        RecordBatch batch = valid(batch(3, 100));

        assertThat(batch.sizeBytes()).isEqualTo(161);
        assertThat(batch.recordCount()).isEqualTo(3);
        assertThat(batch.lastOffsetDelta()).isEqualTo(2);
        assertThat(batch.baseTimestampMs()).isEqualTo(1_000);
        assertThat(batch.maxTimestampMs()).isEqualTo(2_000);
        assertThat(batch.producerId()).isEqualTo(77);
        assertThat(batch.producerEpoch()).isEqualTo((short) 5);
        assertThat(batch.baseSequence()).isEqualTo(9);
        assertThat(batch.compressionCode()).isZero();
        assertThat(batch.isTransactional()).isFalse();
        assertThat(batch.isControl()).isFalse();
    }

    @Test
    void admitsABatchOfTheLimitAndRefusesOneByteMore() {
        assertThat(RecordBatch.check(batch(1, 39), 100)).isInstanceOf(BatchCheck.Valid.class);
        assertThat(RecordBatch.check(batch(1, 40), 100)).isEqualTo(new BatchCheck.TooLarge(101, 100));
    }

    @Test
    void refusesOverTheLargestBatchWhateverTheTopicAdmits() {
        int over = RecordBatch.MAX_BYTES + 1 - RecordBatch.HEADER_BYTES;

        assertThat(RecordBatch.check(batch(1, over), Integer.MAX_VALUE))
                .isEqualTo(new BatchCheck.TooLarge(RecordBatch.MAX_BYTES + 1, RecordBatch.MAX_BYTES));
    }

    @Test
    void refusesAFlippedBitAnywhereBehindTheAssignedBytes() {
        Random random = new Random(1);
        ByteBuffer original = batch(3, 100);
        for (int position = RecordBatch.ASSIGNED_BYTES; position < original.capacity(); position++) {
            ByteBuffer flipped = ByteBuffer.allocate(original.capacity())
                    .put(original.duplicate())
                    .flip();
            flipped.put(position, (byte) (flipped.get(position) ^ (1 << random.nextInt(8))));

            assertThat(RecordBatch.check(flipped, LIMIT))
                    .as("bit flipped at %d", position)
                    .isNotInstanceOf(BatchCheck.Valid.class);
        }
    }

    @Test
    void refusesEveryTruncation() {
        ByteBuffer original = batch(2, 50);
        for (int size = 0; size < original.capacity(); size++) {
            assertThat(RecordBatch.check(original.slice(0, size), LIMIT))
                    .as("truncated to %d", size)
                    .isInstanceOf(BatchCheck.Corrupt.class);
        }
    }

    @Test
    void refusesTwoBatchesInOne() {
        ByteBuffer two =
                ByteBuffer.allocate(2 * 111).put(batch(1, 50)).put(batch(1, 50)).flip();

        assertThat(RecordBatch.check(two, LIMIT)).isInstanceOf(BatchCheck.Corrupt.class);
    }

    @ParameterizedTest
    @ValueSource(bytes = {0, 1, 3, -1})
    void refusesOtherMessageFormats(byte magic) {
        ByteBuffer old = batch(1, 10).put(16, magic);

        assertThat(RecordBatch.check(old, LIMIT)).isEqualTo(new BatchCheck.UnsupportedVersion(magic));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void refusesCountsThatDoNotAgree(int count) {
        ByteBuffer wrong = sealed(batch(1, 10).putInt(57, count));

        assertThat(RecordBatch.check(wrong, LIMIT)).isInstanceOf(BatchCheck.Corrupt.class);
    }

    @Test
    void assignedBytesLieOutsideTheChecksum() {
        ByteBuffer bytes = batch(1, 10);
        RecordBatch.writeAssigned(bytes.duplicate(), Long.MAX_VALUE, bytes.capacity(), 42);

        RecordBatch batch = valid(bytes);

        assertThat(batch.declaredBaseOffset()).isEqualTo(Long.MAX_VALUE);
        assertThat(batch.declaredLeaderEpoch()).isEqualTo(42);
    }

    @Test
    void trustedViewNeedsAWholeHeader() {
        assertThatThrownBy(() -> RecordBatch.trusted(ByteBuffer.allocate(60)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("60 bytes is shorter than its header of 61");
    }

    private static RecordBatch valid(ByteBuffer bytes) {
        assertThat(RecordBatch.check(bytes, LIMIT)).isInstanceOf(BatchCheck.Valid.class);
        return ((BatchCheck.Valid) RecordBatch.check(bytes, LIMIT)).batch();
    }

    private static ByteBuffer batch(int records, int payloadBytes) {
        ByteBuffer bytes = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + payloadBytes);
        bytes.putInt(8, bytes.capacity() - RecordBatch.LENGTH_PREFIX_BYTES);
        bytes.put(16, RecordBatch.MAGIC);
        bytes.putInt(23, records - 1);
        bytes.putLong(27, 1_000);
        bytes.putLong(35, 2_000);
        bytes.putLong(43, 77);
        bytes.putShort(51, (short) 5);
        bytes.putInt(53, 9);
        bytes.putInt(57, records);
        return sealed(bytes);
    }

    private static ByteBuffer sealed(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(21, bytes.capacity() - 21));
        return bytes.putInt(17, (int) crc.getValue());
    }
}
