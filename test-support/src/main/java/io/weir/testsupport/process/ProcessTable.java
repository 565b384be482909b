package io.weir.testsupport.process;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The children of this test run; whatever still lives when it ends is killed. */
final class ProcessTable {
    private static final Set<Process> LIVING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LIVING.forEach(ProcessTable::kill), "kill-children"));
    }

    private ProcessTable() {}

    static void add(Process process) {
        LIVING.removeIf(each -> !each.isAlive());
        LIVING.add(process);
    }

    /** SIGKILL for the process and its descendants. */
    static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
