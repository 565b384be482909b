package io.weir.launcher;

import io.weir.launcher.cli.CommandTree;

/** Where the process begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        int exitCode = CommandTree.execute(args);
        System.out.flush();
        System.exit(exitCode);
    }
}
