package io.weir.kafka.wire;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.StoredBatches;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/**
 * Stored batches as the records of a response: their bytes are referred to, and only the sixteen that the log assigns
 * are written anew.
 */
public final class StoredRecords implements BaseRecords {
    private static final int ZSTD = 4;

    public static final StoredRecords EMPTY = new StoredRecords(List.of());

    private final List<StoredBatches> batches;
    private final int sizeInBytes;

    /** Takes the list over. */
    public StoredRecords(List<StoredBatches> batches) {
        this.batches = batches;
        int size = 0;
        for (StoredBatches run : batches) {
            size = Math.addExact(size, run.sizeBytes());
        }
        this.sizeInBytes = size;
    }

    @Override
    public int sizeInBytes() {
        return sizeInBytes;
    }

    @Override
    public RecordsSend<? extends BaseRecords> toSend() {
        throw new UnsupportedOperationException("Stored records are written by ResponseFrame");
    }

    /** Whether a batch is compressed with zstd, which old clients cannot read. */
    public boolean anyZstd() {
        return batches.stream().anyMatch(StoredRecords::anyZstd);
    }

    private static boolean anyZstd(StoredBatches run) {
        return switch (run) {
            case StoredBatches.Raw(long base, int epoch, RecordBatch batch) -> batch.compressionCode() == ZSTD;
            case StoredBatches.Finished(long first, long next, ByteBuffer bytes) -> {
                boolean found = false;
                ByteBuffer rest = bytes.slice();
                while (!found && rest.remaining() >= RecordBatch.HEADER_BYTES) {
                    int size = rest.getInt(rest.position() + Long.BYTES) + RecordBatch.LENGTH_PREFIX_BYTES;
                    RecordBatch batch = RecordBatch.trusted(rest.slice(rest.position(), size));
                    found = batch.compressionCode() == ZSTD;
                    rest.position(rest.position() + size);
                }
                yield found;
            }
        };
    }

    void addTo(List<ByteBuffer> parts) {
        int raw = 0;
        for (StoredBatches run : batches) {
            raw += run instanceof StoredBatches.Raw ? 1 : 0;
        }
        ByteBuffer assigned = ByteBuffer.allocate(raw * RecordBatch.ASSIGNED_BYTES);
        for (StoredBatches run : batches) {
            switch (run) {
                case StoredBatches.Finished(long first, long next, ByteBuffer bytes) -> parts.add(bytes.duplicate());
                case StoredBatches.Raw(long base, int epoch, RecordBatch batch) -> {
                    int from = assigned.position();
                    RecordBatch.writeAssigned(assigned, base, batch.sizeBytes(), epoch);
                    parts.add(assigned.slice(from, RecordBatch.ASSIGNED_BYTES));
                    parts.add(batch.bytes().position(RecordBatch.ASSIGNED_BYTES));
                }
            }
        }
    }
}
