package io.weir.launcher.cli;

import io.weir.launcher.config.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code weir serve}. Its options are the {@link Setting}s. */
@Command(
        name = "serve",
        description = "Runs the server until it is told to stop (SIGTERM). Prints one line when it is ready.")
final class ServeCommand implements Callable<Integer> {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A YAML file of the settings below, without the dashes. Flags win over it, it wins over"
                    + " WEIR_… variables.")
    private @Nullable Path file;

    private ServeCommand() {}

    static CommandLine commandLine() {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new ServeCommand());
        SettingOptions.addTo(spec, List.of(Setting.values()));
        return new CommandLine(spec);
    }

    @Override
    public Integer call() throws InterruptedException {
        return Invocation.serve(new ServeFlags(SettingOptions.given(spec), file));
    }
}
