package io.weir.launcher.cli;

import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Settings;
import io.weir.launcher.config.SettingsFile;
import io.weir.launcher.logging.Logging;
import io.weir.launcher.serve.Foreground;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run of the {@code weir} command. */
public final class Invocation {
    private Invocation() {}

    /** Runs what the command line says, and returns the process's exit code. */
    public static int execute(String... args) {
        try {
            return ServeFlags.read(args).map(Invocation::reported).orElseGet(() -> CommandTree.execute(args));
        } catch (Error bug) {
            // Memory, or a class that cannot be loaded: the process must end, whatever threads there are already.
            return ExitCode.of(bug, standardError());
        }
    }

    private static int reported(ServeFlags flags) {
        try {
            return serve(flags);
        } catch (RuntimeException | InterruptedException failed) {
            return ExitCode.of(failed, standardError());
        }
    }

    private static PrintWriter standardError() {
        return new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    }

    /** Serves until the process is told to stop. */
    static int serve(ServeFlags told) throws InterruptedException {
        ServeConfig config = ServeConfig.from(settings(told));
        Logging.forServer(config.logFormat());
        Foreground.serve(config, System.out, System.err);
        return ExitCode.OK;
    }

    /** The settings of a command line, of the file and of this process's variables. */
    static Settings settings(ServeFlags told) {
        Map<String, String> environment = System.getenv();
        @Nullable Path file = told.file();
        if (file == null && environment.containsKey(Settings.FILE_VARIABLE)) {
            file = Path.of(environment.get(Settings.FILE_VARIABLE));
        }
        return Settings.of(told.flags(), file == null ? Map.of() : SettingsFile.read(file), environment);
    }
}
