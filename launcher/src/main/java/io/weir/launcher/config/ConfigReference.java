package io.weir.launcher.config;

/** The text of {@code docs/config.md}, made from the settings; a test holds the file equal to it. */
public final class ConfigReference {
    private static final String INTRODUCTION = """
            # Settings of `weir serve`

            Made from `io.weir.launcher.config.Setting`; do not edit by hand.

            Every setting has one key, in kebab-case, and three ways to give it. The stronger one wins:

            1. a flag: `--flush-bytes 128MiB`;
            2. an entry of the YAML file named by `--config FILE` (or `WEIR_CONFIG`): `flush-bytes: 128MiB`;
            3. a variable: `WEIR_FLUSH_BYTES=128MiB`.

            Sizes are bytes, or have a unit: `64KiB`, `64MiB`, `8GiB`, `2TiB`.
            Durations always have one: `500ms`, `10s`, `5m`, `2h`, `7d`.

            A key that is not listed here, in the file or behind `WEIR_`, is refused; so is a value out of bounds,
            a port in use, and a data directory that another process uses or that another version of Weir wrote.
            The reason is on standard error, the exit code is 2, and nothing was changed.

            """;

    private static final String SCRIPT = """

            ## Read by the script

            These are variables only, and configure the JVM rather than Weir:

            | variable | default | meaning |
            |---|---|---|
            | `WEIR_HEAP` | `1g` | The largest heap, as `-Xmx` takes it. The same on every node of a cluster, \
            since each holds the positions of what all of them have let in and is not flushed yet. |
            | `WEIR_JVM_OPTIONS` | none | More options of the JVM, separated by spaces. They come last, so they win. |
            | `WEIR_CLASSPATH` | none | More jars, separated by colons: a driver, or the classes of a `table-catalog`. |
            | `WEIR_BOOTSTRAP` | `127.0.0.1:9092` | Where the client commands connect, unless `--bootstrap` says it. |
            | `WEIR_ADMIN` | `http://127.0.0.1:8080` | Where `weir table` connects, unless `--admin` says it. |
            """;

    private ConfigReference() {}

    public static String markdown() {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        text.append("| key | value | default | meaning |\n|---|---|---|---|\n");
        for (Setting setting : Setting.values()) {
            text.append("| `")
                    .append(setting.key())
                    .append("` | `")
                    .append(setting.placeholder().replace("|", "\\|"))
                    .append("` | ")
                    .append(setting.fallback().map(value -> "`" + value + "`").orElseGet(setting::shownDefault))
                    .append(" | ")
                    .append(setting.description())
                    .append(" |\n");
        }
        return text.append(SCRIPT).toString();
    }
}
