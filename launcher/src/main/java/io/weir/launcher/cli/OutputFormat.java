package io.weir.launcher.cli;

/** How a command prints what it found. */
enum OutputFormat {
    TEXT,
    JSON
}
