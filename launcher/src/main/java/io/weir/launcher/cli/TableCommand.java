package io.weir.launcher.cli;

import io.weir.launcher.logging.Logging;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code weir table}: shows topics' tables and looks after them. */
@Command(
        name = "table",
        description = "Lists and describes topics' tables, shows their snapshots and files, compacts and expires them.",
        subcommands = {
            TableCommand.ListAll.class,
            TableCommand.Describe.class,
            TableCommand.Snapshots.class,
            TableCommand.Files.class,
            TableCommand.Compact.class,
            TableCommand.Expire.class
        })
final class TableCommand implements Runnable {
    private static final String TABLES = "tables";

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A subcommand is missing");
    }

    /** What every command about tables shares. */
    abstract static class OnServer implements Callable<Integer> {
        private static final long LOOK_AGAIN_MS = 250;

        @Mixin
        @SuppressWarnings("NullAway.Init")
        AdminConnection admin;

        @Mixin
        @SuppressWarnings("NullAway.Init")
        Output output;

        @Override
        public final Integer call() throws InterruptedException {
            Logging.forClient();
            run();
            return ExitCode.OK;
        }

        abstract void run() throws InterruptedException;

        /** What is to be waited for. */
        @FunctionalInterface
        interface Wait {
            /** Says what has not happened yet; nothing once it has. */
            Optional<String> look() throws InterruptedException;
        }

        /** Looks again and again, and fails with what has not happened within the time that the server is given. */
        final void await(Wait what) throws InterruptedException {
            long deadline = System.nanoTime() + admin.timeout().toNanos();
            for (Optional<String> left = what.look(); left.isPresent(); left = what.look()) {
                if (System.nanoTime() > deadline) {
                    throw new CommandFailedException(left.get());
                }
                Thread.sleep(LOOK_AGAIN_MS);
            }
        }

        static Map<String, Object> object(Object answer) {
            if (!(answer instanceof Map<?, ?> map)) {
                throw new CommandFailedException("The server answered with something else than an object");
            }
            Map<String, Object> cells = new LinkedHashMap<>();
            map.forEach((name, value) -> cells.put(String.valueOf(name), value));
            return cells;
        }

        static List<Map<String, Object>> objects(Object answer) {
            if (!(answer instanceof Iterable<?> list)) {
                throw new CommandFailedException("The server answered with something else than a list");
            }
            List<Map<String, Object>> rows = new ArrayList<>();
            list.forEach(element -> rows.add(object(element)));
            return rows;
        }
    }

    /** What every command about one table shares. */
    abstract static class OfTopic extends OnServer {
        @Parameters(paramLabel = "TOPIC", description = "Whose table.")
        @SuppressWarnings("NullAway.Init")
        String topic;
    }

    @Command(name = "list", description = "Lists topics' tables.")
    static final class ListAll extends OnServer {
        @Override
        void run() throws InterruptedException {
            output.rows(List.of("topic", "table", "location"), objects(admin.answer("GET", TABLES)));
        }
    }

    @Command(name = "describe", description = "Shows a table's columns, properties and how far it has come.")
    static final class Describe extends OfTopic {
        @Override
        void run() throws InterruptedException {
            Map<String, Object> table = object(admin.answer("GET", TABLES, topic));
            if (output.isJson()) {
                output.rows(List.of(), List.of(table));
                return;
            }
            List<String> lines = new ArrayList<>();
            lines.add(table.get("table") + "  id " + table.get("id"));
            for (String name : List.of("location", "metadata-location", "format-version", "partitioned-by")) {
                lines.add("  " + name + " = " + table.get(name));
            }
            object(table.getOrDefault("properties", Map.of()))
                    .forEach((name, value) -> lines.add("  " + name + " = " + value));
            output.lines(lines);
            output.rows(List.of("id", "name", "type"), objects(table.getOrDefault("columns", List.of())));
            List<Map<String, Object>> watermark = new ArrayList<>();
            object(table.getOrDefault("watermark", Map.of()))
                    .forEach((partition, next) -> watermark.add(new Row()
                            .with("partition", partition)
                            .with("next", next)
                            .cells()));
            output.rows(List.of("partition", "next"), watermark);
        }
    }

    @Command(name = "snapshots", description = "Shows a table's snapshots, the newest first.")
    static final class Snapshots extends OfTopic {
        @Override
        void run() throws InterruptedException {
            output.rows(
                    List.of("snapshot", "time", "operation", "added-rows", "rows", "files", "bytes"),
                    objects(admin.answer("GET", TABLES, topic, "snapshots")));
        }
    }

    @Command(name = "files", description = "Shows a table's present data files, 10,000 at most.")
    static final class Files extends OfTopic {
        @Override
        void run() throws InterruptedException {
            output.rows(
                    List.of("partition", "rows", "bytes", "file"),
                    objects(admin.answer("GET", TABLES, topic, "files")));
        }
    }

    @Command(name = "compact", description = "Makes large data files of a table's small ones, however few they are.")
    static final class Compact extends OfTopic {
        @Override
        void run() throws InterruptedException {
            output.rows(
                    List.of("files-before", "files-after", "bytes-before", "bytes-after"),
                    List.of(object(admin.answer("POST", TABLES, topic, "compact"))));
        }
    }

    @Command(name = "expire", description = "Expires the snapshots that are more than a table keeps.")
    static final class Expire extends OfTopic {
        @Override
        void run() throws InterruptedException {
            output.rows(List.of("expired-snapshots"), List.of(object(admin.answer("POST", TABLES, topic, "expire"))));
        }
    }
}
