package io.weir.kafka.group.coordinator;

import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.kafka.group.cell.CellSession;
import io.weir.kafka.group.cell.OwnedCells;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;

/**
 * The coordinator's log: partition <i>n</i> of {@code __consumer_offsets} is cell <i>n</i>.
 *
 * <p>An append returns at once with the position behind it, as the coordinator wants; that the records are durable is
 * told later, to the partition's listener. The coordinator reuses its buffer, so its bytes are copied.
 *
 * <p>Threading: as the coordinator calls it, one thread at a time for each partition.
 */
final class CellPartitionWriter implements PartitionWriter {
    /**
     * How much the coordinator gathers for one append. It keeps a buffer of this size for each partition that has
     * written: small, for there are 256. A larger record, or group of records that belong together, still goes through
     * whole, up to {@link CellStore#MAX_APPEND_BYTES}.
     */
    static final int BATCH_BYTES = 32 << 10;

    private final OwnedCells cells;
    private final CellKeys keys;
    private final OffsetRecords offsets;
    private final LogConfig logConfig =
            new LogConfig(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(BATCH_BYTES)));

    CellPartitionWriter(OwnedCells cells, CellKeys keys, OffsetRecords offsets) {
        this.cells = cells;
        this.keys = keys;
        this.offsets = offsets;
    }

    /**
     * The coordinator does this when it begins to serve a cell, which it must not do from the memory of another
     * session: a load may be done before the coordinator could wait for it, and its end then be told behind its
     * session's.
     */
    @Override
    public void registerListener(TopicPartition partition, Listener listener) {
        CellSession session = owned(partition);
        if (!session.isOpen()) {
            session.end("The coordinator was told of the end of another load");
            throw new NotLeaderOrFollowerException(partition + " is not loaded");
        }
        session.onCommitted(position -> listener.onHighWatermarkUpdated(partition, position));
    }

    private CellSession owned(TopicPartition partition) {
        return cells.session(cell(partition))
                .orElseThrow(() -> new NotLeaderOrFollowerException(partition + " is not owned here"));
    }

    @Override
    public void deregisterListener(TopicPartition partition, Listener listener) {
        // The listener was given to one session, and a session that has ended tells nobody anything.
    }

    @Override
    public LogConfig config(TopicPartition partition) {
        return logConfig;
    }

    @Override
    public long append(
            TopicPartition partition, VerificationGuard guard, MemoryRecords records, short transactionVersion) {
        CellSession session = owned(partition);
        Copied copied = copy(records);
        if (copied.bytes > CellStore.MAX_APPEND_BYTES) {
            throw new RecordTooLargeException("Records of a group are " + copied.bytes + " bytes together, more than "
                    + CellStore.MAX_APPEND_BYTES);
        }
        try {
            return session.append(copied.records, copied.bytes, () -> observe(partition.partition(), copied.records));
        } catch (ServiceException refused) {
            // The first is answered with a retriable error, and of the cell only this batch is undone.
            throw refused.code() == FailureCode.OVERLOADED || refused.code() == FailureCode.STORAGE_FULL
                    ? new NotEnoughReplicasException(refused.getMessage(), refused)
                    : new NotLeaderOrFollowerException(refused.getMessage(), refused);
        }
    }

    private void observe(int cell, List<CellRecord> durable) {
        int prefix = keys.prefixBytes();
        for (CellRecord each : durable) {
            ByteBuffer key = each.key();
            offsets.observe(cell, key.slice(key.position() + prefix, key.remaining() - prefix), each.value());
        }
    }

    private Copied copy(MemoryRecords records) {
        int bytes = 0;
        int count = 0;
        for (Record each : records.records()) {
            bytes += keys.prefixBytes() + each.keySize() + Math.max(0, each.valueSize());
            count++;
        }
        byte[] all = new byte[bytes];
        List<CellRecord> cellRecords = new ArrayList<>(count);
        int at = 0;
        for (Record each : records.records()) {
            int keyAt = at;
            keys.writePrefix(all, at);
            at += keys.prefixBytes();
            at = put(all, at, each.key());
            int valueAt = at;
            if (each.hasValue()) {
                at = put(all, at, each.value());
            }
            cellRecords.add(new CellRecord(
                    ByteBuffer.wrap(all, keyAt, valueAt - keyAt).slice(),
                    each.hasValue()
                            ? ByteBuffer.wrap(all, valueAt, at - valueAt).slice()
                            : null));
        }
        return new Copied(cellRecords, bytes);
    }

    private static int put(byte[] target, int at, ByteBuffer bytes) {
        int length = bytes.remaining();
        bytes.get(bytes.position(), target, at, length);
        return at + length;
    }

    private static CellId cell(TopicPartition partition) {
        return new CellId(partition.partition());
    }

    @Override
    public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
            TopicPartition partition, String transactionalId, long producerId, short producerEpoch, int apiVersion) {
        return CompletableFuture.failedFuture(new UnsupportedVersionException("Transactions are not offered"));
    }

    @Override
    public CompletableFuture<Void> deleteRecords(TopicPartition partition, long deleteBeforeOffset) {
        return CompletableFuture.failedFuture(new UnsupportedVersionException("A cell compacts itself"));
    }

    private record Copied(List<CellRecord> records, int bytes) {}
}
