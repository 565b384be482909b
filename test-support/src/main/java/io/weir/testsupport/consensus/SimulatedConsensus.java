package io.weir.testsupport.consensus;

import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ReplicatedState;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Raft groups of one peer in memory, whose disks outlive {@link #crash} and {@link #close}.
 *
 * <p>A group's work (winning the election, applying an entry, freezing, writing and publishing a snapshot) is a queue
 * of tasks in order. {@link #manual} leaves running them to {@link #step}, so that a seeded simulation decides what
 * happens when; {@link #automatic} runs them on one background thread. A group that was just opened follows until its
 * first task has run.
 *
 * <p>Threading: any thread; in manual mode the state is called by whoever calls {@link #step} or {@link #open}.
 */
public final class SimulatedConsensus implements Consensus {
    private final Map<String, SimulatedDisk> disks = new HashMap<>();
    private final Map<String, SimulatedGroup> groups = new HashMap<>();
    private final Queue<Task> tasks = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition taskArrived = lock.newCondition();
    /** Held while a task runs, so that a crash falls between two tasks. */
    private final ReentrantLock running = new ReentrantLock();

    private final boolean manual;
    private @Nullable Thread worker;

    private record Task(SimulatedGroup group, Runnable work) {}

    private SimulatedConsensus(boolean manual) {
        this.manual = manual;
    }

    /** Nothing happens unless {@link #step} is called. */
    public static SimulatedConsensus manual() {
        return new SimulatedConsensus(true);
    }

    /** A background thread does everything as soon as it can. */
    public static SimulatedConsensus automatic() {
        return new SimulatedConsensus(false);
    }

    @Override
    public SimulatedGroup open(String name, ReplicatedState state) {
        if (!name.matches("[a-z0-9-]{1,32}")) {
            throw new IllegalArgumentException("Not a group's name: " + name);
        }
        running.lock();
        try {
            SimulatedDisk disk;
            lock.lock();
            try {
                if (groups.containsKey(name)) {
                    throw new IllegalStateException("Group " + name + " is open already");
                }
                disk = disks.computeIfAbsent(name, ignored -> new SimulatedDisk());
            } finally {
                lock.unlock();
            }
            SimulatedGroup group = new SimulatedGroup(name, state, disk, this);
            group.recover();
            lock.lock();
            try {
                groups.put(name, group);
            } finally {
                lock.unlock();
            }
            enqueue(group, group::elect);
            return group;
        } finally {
            running.unlock();
        }
    }

    /** The group of this name that is open now. */
    public SimulatedGroup group(String name) {
        lock.lock();
        try {
            SimulatedGroup group = groups.get(name);
            if (group == null) {
                throw new IllegalStateException("Group " + name + " is not open");
            }
            return group;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs the next task, if there is one; manual mode only.
     *
     * @return whether there was one
     */
    public boolean step() {
        if (!manual) {
            throw new IllegalStateException("The background thread does the steps");
        }
        return runOne();
    }

    /** Runs tasks until none is left; manual mode only. */
    public void runAll() {
        int steps = 0;
        while (step()) {
            if (++steps > 1_000_000) {
                throw new IllegalStateException("The groups do not come to rest");
            }
        }
    }

    /** Tasks waiting. */
    public int pending() {
        lock.lock();
        try {
            return tasks.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The process dies: every group's handle is dead, what was submitted and not applied completes with
     * {@code Unknown}. Open the groups again with new states.
     *
     * @param keptUnsynced how many of each group's entries that were written and not yet fsynced survive
     */
    public void crash(int keptUnsynced) {
        running.lock();
        try {
            for (SimulatedGroup group : openGroups()) {
                group.die(keptUnsynced);
            }
        } finally {
            running.unlock();
        }
    }

    /** As a crash after everything submitted was fsynced; in automatic mode the thread ends when its task has. */
    @Override
    public void close() {
        crash(Integer.MAX_VALUE);
        lock.lock();
        try {
            if (worker != null) {
                worker.interrupt();
                worker = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Flips a bit of the group's published snapshot: the next {@link #open} refuses it. */
    public void damageSnapshot(String name) {
        lock.lock();
        try {
            SimulatedDisk disk = disks.get(name);
            if (disk == null) {
                throw new IllegalStateException("Group " + name + " was never open");
            }
            disk.damageSnapshot();
        } finally {
            lock.unlock();
        }
    }

    void enqueue(SimulatedGroup group, Runnable work) {
        lock.lock();
        try {
            tasks.add(new Task(group, work));
            if (!manual && worker == null) {
                worker =
                        Thread.ofPlatform().daemon().name("simulated-consensus").start(this::runAlways);
            }
            taskArrived.signal();
        } finally {
            lock.unlock();
        }
    }

    void forget(SimulatedGroup group) {
        lock.lock();
        try {
            groups.remove(group.name(), group);
            tasks.removeIf(task -> task.group() == group);
        } finally {
            lock.unlock();
        }
    }

    void exclusively(Runnable work) {
        running.lock();
        try {
            work.run();
        } finally {
            running.unlock();
        }
    }

    private Collection<SimulatedGroup> openGroups() {
        lock.lock();
        try {
            return List.copyOf(groups.values());
        } finally {
            lock.unlock();
        }
    }

    private boolean runOne() {
        running.lock();
        try {
            Task task;
            lock.lock();
            try {
                task = tasks.poll();
            } finally {
                lock.unlock();
            }
            if (task == null) {
                return false;
            }
            task.work().run();
            return true;
        } finally {
            running.unlock();
        }
    }

    private void runAlways() {
        try {
            while (true) {
                lock.lock();
                try {
                    while (tasks.isEmpty()) {
                        taskArrived.await();
                    }
                } finally {
                    lock.unlock();
                }
                try {
                    runOne();
                } catch (RuntimeException | Error bug) {
                    Thread self = Thread.currentThread();
                    self.getUncaughtExceptionHandler().uncaughtException(self, bug);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }
}
