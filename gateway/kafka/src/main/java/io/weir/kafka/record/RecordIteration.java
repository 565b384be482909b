package io.weir.kafka.record;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StoredRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Goes from batch to batch, and from record to record inside each. */
final class RecordIteration implements RecordDecoder.Records {
    private final StoredBatches stored;
    private final long fromOffset;
    private final StoredRecordDecoder decoder;
    private StoredRecordDecoder.@Nullable Workspace space;

    /** Where the next batch of a finished run begins; past the end of a raw batch. */
    private int at;

    private @Nullable OpenBatch open;
    private @Nullable StoredRecord next;

    RecordIteration(
            StoredBatches stored, long fromOffset, StoredRecordDecoder decoder, StoredRecordDecoder.Workspace space) {
        this.stored = stored;
        this.fromOffset = fromOffset;
        this.decoder = decoder;
        this.space = space;
    }

    @Override
    public boolean hasNext() {
        if (next != null) {
            return true;
        }
        StoredRecordDecoder.Workspace mine = space;
        if (mine == null) {
            return false;
        }
        try {
            next = advance(mine);
        } catch (MalformedRecords malformed) {
            throw corrupt(String.valueOf(malformed.getMessage()), malformed);
        } catch (IOException | RuntimeException undecodable) {
            throw corrupt("Cannot decompress: " + undecodable.getMessage(), undecodable);
        }
        return next != null;
    }

    @Override
    public StoredRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException("No record behind offset " + stored.nextOffset());
        }
        StoredRecord taken = java.util.Objects.requireNonNull(next);
        next = null;
        return taken;
    }

    private ServiceException corrupt(String reason, Exception cause) {
        return new ServiceException(
                FailureCode.CORRUPT,
                "Batches from offset " + stored.baseOffset() + " cannot be decoded: " + reason,
                cause);
    }

    private @Nullable StoredRecord advance(StoredRecordDecoder.Workspace mine) throws IOException {
        while (true) {
            OpenBatch batch = open;
            if (batch == null) {
                batch = openNext(mine);
                open = batch;
                if (batch == null) {
                    return null;
                }
            }
            while (batch.hasNext()) {
                StoredRecord record = batch.next();
                if (record.offset() >= fromOffset) {
                    return record;
                }
            }
            batch.close();
            open = null;
        }
    }

    private @Nullable OpenBatch openNext(StoredRecordDecoder.Workspace mine) {
        while (true) {
            Placed placed = nextBatch();
            if (placed == null) {
                return null;
            }
            boolean wanted = placed.baseOffset() + placed.batch().lastOffsetDelta() >= fromOffset;
            if (wanted && !placed.batch().isControl()) {
                return new OpenBatch(placed, source(placed.batch(), mine), mine.scratch);
            }
        }
    }

    private Source source(RecordBatch batch, StoredRecordDecoder.Workspace mine) {
        if (batch.compressionCode() == 0) {
            ByteBuffer records = batch.bytes().position(RecordBatch.HEADER_BYTES);
            return new Source(RecordSource.of(records), InputStream.nullInputStream());
        }
        InputStream in = Decompression.of(batch, decoder.maxDecompressedBytes(), mine.buffers);
        return new Source(RecordSource.of(in, mine.window, decoder.maxDecompressedBytes()), in);
    }

    private @Nullable Placed nextBatch() {
        return switch (stored) {
            case StoredBatches.Raw(long base, int epoch, RecordBatch batch) -> {
                boolean first = at == 0;
                at = batch.sizeBytes();
                yield first ? new Placed(base, batch) : null;
            }
            case StoredBatches.Finished(long base, long nextOffset, ByteBuffer bytes) -> {
                ByteBuffer rest = bytes.slice().position(at).slice();
                if (!rest.hasRemaining()) {
                    yield null;
                }
                int size = rest.remaining() < RecordBatch.HEADER_BYTES
                        ? 0
                        : rest.getInt(Long.BYTES) + RecordBatch.LENGTH_PREFIX_BYTES;
                if (size < RecordBatch.HEADER_BYTES || size > rest.remaining()) {
                    throw new MalformedRecords(
                            "A batch declares " + size + " bytes where " + rest.remaining() + " are left");
                }
                at += size;
                RecordBatch batch = RecordBatch.trusted(rest.slice(0, size));
                yield new Placed(batch.declaredBaseOffset(), batch);
            }
        };
    }

    @Override
    public void close() {
        StoredRecordDecoder.Workspace mine = space;
        if (mine == null) {
            return;
        }
        space = null;
        next = null;
        OpenBatch batch = open;
        open = null;
        try {
            if (batch != null) {
                batch.close();
            }
        } catch (IOException failure) {
            throw corrupt("Cannot end decompressing: " + failure.getMessage(), failure);
        } finally {
            decoder.giveBack(mine);
        }
    }

    record Placed(long baseOffset, RecordBatch batch) {}

    /** What is read, and what is closed afterwards. */
    record Source(RecordSource records, InputStream closed) {}
}
