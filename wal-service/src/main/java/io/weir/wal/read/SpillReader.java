package io.weir.wal.read;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.read.StoredBatches;
import io.weir.wal.duty.Duty;
import io.weir.wal.state.TailEntry;
import io.weir.wal.tail.Tail.SpilledBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Serves reads of batches whose bytes are in the log only: one read after the other, so that catching up takes neither
 * the disk nor the memory away from appends. The last entry read is kept, since the next read usually goes on in it.
 *
 * <p>Threading: {@link #read} from any thread; the duty, which blocks on the disk, by one.
 */
public final class SpillReader implements Duty {
    /** Reads that wait, at most. */
    static final int MAX_WAITING = 256;

    private final LogReader log;
    private final Runnable signal;
    private final ArrayBlockingQueue<Request> requests = new ArrayBlockingQueue<>(MAX_WAITING);
    private volatile boolean closed;
    private @Nullable TailEntry lastEntry;
    private RecordBatch @Nullable [] lastBatches;

    private record Request(List<SpilledBatch> batches, CompletableFuture<List<StoredBatches>> future) {}

    public SpillReader(LogReader log, Runnable signal) {
        this.log = log;
        this.signal = signal;
    }

    /** Completes with {@code OVERLOADED} when too many wait. */
    public CompletableFuture<List<StoredBatches>> read(List<SpilledBatch> batches) {
        CompletableFuture<List<StoredBatches>> future = new CompletableFuture<>();
        if (requests.offer(new Request(batches, future))) {
            if (closed) {
                refuseWaiting();
            }
            signal.run();
        } else {
            future.completeExceptionally(
                    new ServiceException(FailureCode.OVERLOADED, MAX_WAITING + " reads of the log are waiting"));
        }
        return future;
    }

    @Override
    public long work(long nowNanos) {
        Request request = requests.poll();
        if (request == null) {
            lastEntry = null;
            lastBatches = null;
            return UNTIL_SIGNALLED;
        }
        try {
            request.future.complete(serve(request.batches));
        } catch (ServiceException e) {
            request.future.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            // An error, too: nobody else answers the request.
            request.future.completeExceptionally(ServiceException.of(e));
        }
        return 0;
    }

    /** Fails what waits; the duty is no longer performed. */
    public void close() {
        closed = true;
        refuseWaiting();
    }

    private void refuseWaiting() {
        for (Request request = requests.poll(); request != null; request = requests.poll()) {
            request.future.completeExceptionally(
                    new ServiceException(FailureCode.SHUTTING_DOWN, "The process is shutting down"));
        }
    }

    private List<StoredBatches> serve(List<SpilledBatch> wanted) {
        List<StoredBatches> batches = new ArrayList<>(wanted.size());
        for (SpilledBatch spilled : wanted) {
            TailEntry entry = spilled.entry();
            int number = spilled.number();
            batches.add(new StoredBatches.Raw(entry.base(number), entry.incarnation(number), batchesOf(entry)[number]));
        }
        return batches;
    }

    private RecordBatch[] batchesOf(TailEntry entry) {
        RecordBatch[] batches = lastBatches;
        if (entry != lastEntry || batches == null) {
            batches = log.read(entry);
            lastEntry = entry;
            lastBatches = batches;
        }
        return batches;
    }
}
