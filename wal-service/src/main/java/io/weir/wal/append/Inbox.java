package io.weir.wal.append;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What was handed over and not looked at yet. While others are being refused it takes nothing in: what came then would
 * overtake them.
 *
 * <p>Threading: {@link #offer} from any thread, all else by the appender's.
 */
final class Inbox {
    private final ReentrantLock lock = new ReentrantLock();
    private ArrayDeque<PendingAppend> queue = new ArrayDeque<>();
    private ArrayDeque<PendingAppend> spare = new ArrayDeque<>();
    private boolean refusing;
    private volatile boolean closed;

    /** Whether it was taken in. */
    boolean offer(PendingAppend append) {
        lock.lock();
        try {
            // Looked at under the lock: who came after the last round of refusals would wait for ever.
            boolean accepted = !refusing && !closed;
            if (accepted) {
                queue.addLast(append);
            }
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    /** Hands out all there is, in order, outside of the lock. */
    void drainTo(Consumer<PendingAppend> to) {
        ArrayDeque<PendingAppend> taken;
        lock.lock();
        try {
            taken = queue;
            queue = spare;
        } finally {
            lock.unlock();
        }
        for (PendingAppend append = taken.pollFirst(); append != null; append = taken.pollFirst()) {
            to.accept(append);
        }
        spare = taken;
    }

    /**
     * From now on nothing is taken in; what was taken in before can be taken out.
     *
     * @param under is run under the lock
     * @param isOut what goes, in order
     */
    void beginRefusing(Runnable under, Predicate<PendingAppend> isOut) {
        lock.lock();
        try {
            refusing = true;
            under.run();
            queue.removeIf(isOut);
        } finally {
            lock.unlock();
        }
    }

    void endRefusing() {
        lock.lock();
        try {
            refusing = false;
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }
}
