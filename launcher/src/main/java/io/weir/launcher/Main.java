package io.weir.launcher;

import io.weir.launcher.cli.Invocation;

/** Where the process begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        int exitCode = Invocation.execute(args);
        System.out.flush();
        System.exit(exitCode);
    }
}
