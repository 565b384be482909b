package io.weir.launcher.cli;

/** What the process ends with. */
final class ExitCode {
    static final int OK = 0;
    /** The server refused, could not be reached, or did not answer in time; or a bug. */
    static final int FAILED = 1;
    /** The command line or a setting cannot be used, or what it names is taken; nothing was changed. */
    static final int USAGE = 2;

    private ExitCode() {}
}
