package io.weir.kafka.group.coordinator;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.utils.Time;

/** The system's time and a shift, which only grows. */
final class ShiftedTime implements Time {
    private final AtomicLong shiftNanos = new AtomicLong();

    void pass(Duration time) {
        shiftNanos.addAndGet(time.toNanos());
    }

    @Override
    public long milliseconds() {
        return Time.SYSTEM.milliseconds() + shiftNanos.get() / 1_000_000;
    }

    @Override
    public long nanoseconds() {
        return Time.SYSTEM.nanoseconds() + shiftNanos.get();
    }

    @Override
    public void sleep(long millis) {
        throw new UnsupportedOperationException("Nothing here sleeps");
    }
}
