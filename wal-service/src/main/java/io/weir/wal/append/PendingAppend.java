package io.weir.wal.append;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.StreamLocation;
import java.util.concurrent.CompletableFuture;

/** A batch on its way, and who waits for it. */
final class PendingAppend {
    private final StreamLocation location;
    private final RecordBatch batch;
    private final long arrivedNanos;
    private final CompletableFuture<AppendResult> future = new CompletableFuture<>();

    PendingAppend(StreamLocation location, RecordBatch batch, long arrivedNanos) {
        this.location = location;
        this.batch = batch;
        this.arrivedNanos = arrivedNanos;
    }

    StreamLocation location() {
        return location;
    }

    RecordBatch batch() {
        return batch;
    }

    int sizeBytes() {
        return batch.sizeBytes();
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    long waitedNanos(long nowNanos) {
        return nowNanos - arrivedNanos;
    }

    CompletableFuture<AppendResult> future() {
        return future;
    }

    void complete(AppendResult result) {
        future.complete(result);
    }

    void refuse(RefusalReason reason, String message) {
        future.complete(new AppendResult.Refused(reason, message));
    }
}
