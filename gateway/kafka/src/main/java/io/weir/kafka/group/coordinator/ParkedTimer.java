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
        this.reaper = Thread.ofPlatform().daemon().name("weir-groups-reaper").start(this::advance);
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
