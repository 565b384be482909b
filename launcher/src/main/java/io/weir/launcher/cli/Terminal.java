package io.weir.launcher.cli;

/** Whether a person is looking. The script knows and says so: the JVM cannot ask about standard error alone. */
final class Terminal {
    private Terminal() {}

    static boolean onStandardError() {
        return Boolean.getBoolean("weir.terminal");
    }
}
