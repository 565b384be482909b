package io.weir.testsupport.streams;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * One stream of {@link MemoryStreams}.
 *
 * <p>Threading: guarded by its own monitor, which the caller holds.
 */
final class MemoryStream {
    private static final int REMEMBERED_BATCHES = 5;

    private final int leaderEpoch;
    private final List<StoredBatches.Raw> batches = new ArrayList<>();
    private final Map<Long, Deque<ProducerBatch>> producers = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private final TreeSet<Long> stayEnds = new TreeSet<>();
    private long logStart;
    private long end;
    private long flushedEnd;

    MemoryStream(int leaderEpoch) {
        this.leaderEpoch = leaderEpoch;
    }

    AppendResult append(RecordBatch batch) {
        if (batch.producerId() != RecordBatch.NO_PRODUCER) {
            Deque<ProducerBatch> known = producers.computeIfAbsent(batch.producerId(), id -> new ArrayDeque<>());
            AppendResult verdict = judge(known, batch);
            if (verdict != null) {
                return verdict;
            }
            known.addLast(new ProducerBatch(batch.producerEpoch(), batch.baseSequence(), lastSequence(batch), end));
        }
        long base = end;
        batches.add(new StoredBatches.Raw(base, leaderEpoch, batch));
        end = base + batch.lastOffsetDelta() + 1;
        return new AppendResult.Committed(base, logStart);
    }

    private @org.jspecify.annotations.Nullable AppendResult judge(Deque<ProducerBatch> known, RecordBatch batch) {
        ProducerBatch last = known.peekLast();
        if (last != null && batch.producerEpoch() < last.epoch()) {
            return new AppendResult.Refused(RefusalReason.PRODUCER_FENCED, "Epoch " + batch.producerEpoch());
        }
        boolean sameEpoch = last != null && last.epoch() == batch.producerEpoch();
        int expected = sameEpoch ? next(last.lastSequence()) : last == null ? batch.baseSequence() : 0;
        if (batch.baseSequence() == expected) {
            return null;
        }
        int since = 0;
        for (ProducerBatch seen : (Iterable<ProducerBatch>) known::descendingIterator) {
            if (seen.isRepeatedBy(batch)) {
                long base = since < REMEMBERED_BATCHES ? seen.baseOffset() : AppendResult.Duplicate.FORGOTTEN;
                return new AppendResult.Duplicate(base, logStart);
            }
            since++;
        }
        return new AppendResult.Refused(
                RefusalReason.OUT_OF_ORDER_SEQUENCE,
                "Sequence " + batch.baseSequence() + " where " + expected + " was expected");
    }

    private static int lastSequence(RecordBatch batch) {
        return (int) ((batch.baseSequence() + (long) batch.lastOffsetDelta()) & Integer.MAX_VALUE);
    }

    private static int next(int sequence) {
        return sequence == Integer.MAX_VALUE ? 0 : sequence + 1;
    }

    StreamBounds bounds() {
        return new StreamBounds(logStart, end, end);
    }

    List<StoredBatches> between(long offset, long upTo, int maxBytes) {
        List<StoredBatches> found = new ArrayList<>();
        int bytes = 0;
        for (int i = firstReaching(offset); i < batches.size() && batches.get(i).baseOffset() < upTo; i++) {
            StoredBatches.Raw batch = batches.get(i);
            if (!found.isEmpty() && bytes + batch.sizeBytes() > maxBytes) {
                break;
            }
            found.add(batch);
            bytes += batch.sizeBytes();
        }
        return found;
    }

    private int firstReaching(long offset) {
        int low = 0;
        int high = batches.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (batches.get(middle).nextOffset() > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    List<StoredBatches.Raw> all() {
        return batches;
    }

    long trim(long offset) {
        if (offset > end) {
            throw new IllegalArgumentException("Cannot trim to " + offset + ": the stream ends at " + end);
        }
        logStart = Math.max(logStart, offset);
        batches.removeIf(batch -> batch.nextOffset() <= logStart);
        flushedEnd = Math.max(flushedEnd, logStart);
        return logStart;
    }

    void flushTo(long offset) {
        flushedEnd = Math.min(Math.max(flushedEnd, offset), end);
    }

    /** The log is lost, and what was flushed is not. */
    void loseTail(long next) {
        batches.removeIf(batch -> batch.nextOffset() > flushedEnd);
        producers.clear();
        end = next;
        flushedEnd = next;
    }

    /** All of it is in segments of where it was. */
    void move() {
        flushedEnd = end;
        stayEnds.add(end);
    }

    long flushedEnd() {
        return flushedEnd;
    }

    /** How far the segments reach that hold this flushed offset. */
    long segmentsEnd(long offset) {
        Long stayEnd = stayEnds.higher(offset);
        return stayEnd == null ? flushedEnd : stayEnd;
    }

    void await(Waiter waiter) {
        waiters.add(waiter);
    }

    void forget(Waiter waiter) {
        waiters.remove(waiter);
    }

    int waiting() {
        return waiters.size();
    }

    List<Runnable> released() {
        List<Runnable> due = new ArrayList<>();
        waiters.removeIf(waiter -> {
            boolean reached = end > waiter.offset();
            if (reached) {
                due.add(waiter.callback());
            }
            return reached;
        });
        return due;
    }

    List<Runnable> releasedByRemoval() {
        List<Runnable> due = waiters.stream().map(Waiter::callback).toList();
        waiters.clear();
        return due;
    }

    /** Someone who waits until the end is above the offset. */
    record Waiter(long offset, Runnable callback) {}

    private record ProducerBatch(short epoch, int firstSequence, int lastSequence, long baseOffset) {
        boolean isRepeatedBy(RecordBatch batch) {
            return epoch == batch.producerEpoch()
                    && firstSequence == batch.baseSequence()
                    && lastSequence == MemoryStream.lastSequence(batch);
        }
    }
}
