package io.weir.kafka.group.coordinator;

import org.apache.kafka.server.util.timer.SystemTimer;
import org.apache.kafka.server.util.timer.Timer;
import org.apache.kafka.server.util.timer.TimerTask;

/**
 * Kafka's timing wheel, advanced by a thread that sleeps until the next expiry; Kafka's own reaper wakes five times a
 * second for nothing.
 */
final class ParkedTimer implements Timer {
    private static final long LONGEST_SLEEP_MS = 600_000;

    private final SystemTimer wheel = new SystemTimer("weir-groups-timer");
    private final Thread reaper;
    private volatile boolean closed;

    ParkedTimer() {
        // The wheel makes the thread that it expires timers on for the first of them. If none could be made just then,
        // the error would end the reaper, and no timer would expire any more.
        wheel.add(new Overdue());
        this.reaper = Thread.ofPlatform().daemon().name("weir-groups-reaper").start(this::advance);
    }

    /** Expires while it is added. */
    private static final class Overdue extends TimerTask {
        Overdue() {
            super(-LONGEST_SLEEP_MS);
        }

        @Override
        public void run() {
            // Its thread is all that is wanted of it.
        }
    }

    private void advance() {
        while (!closed) {
            try {
                wheel.advanceClock(LONGEST_SLEEP_MS);
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    @Override
    public void add(TimerTask task) {
        wheel.add(task);
    }

    @Override
    public boolean advanceClock(long timeoutMs) throws InterruptedException {
        return wheel.advanceClock(timeoutMs);
    }

    @Override
    public int size() {
        return wheel.size();
    }

    @Override
    public void close() {
        closed = true;
        reaper.interrupt();
        wheel.close();
    }
}
