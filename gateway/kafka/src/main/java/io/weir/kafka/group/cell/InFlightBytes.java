package io.weir.kafka.group.cell;

import java.util.concurrent.atomic.AtomicLong;

/** The bound on bytes that all cells together have appended and not yet heard of. Threading: any thread. */
final class InFlightBytes {
    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    InFlightBytes(long limit) {
        this.limit = limit;
    }

    boolean tryTake(long bytes) {
        if (taken.addAndGet(bytes) <= limit) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
