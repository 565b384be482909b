package io.weir.launcher.cli;

import io.weir.launcher.config.Setting;
import io.weir.launcher.config.Settings;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** A command that makes a data directory for a node which a cluster begins with, out of the node's own settings. */
abstract class FoundingCommand implements Callable<Integer> {
    private static final List<Setting> OF_A_FOUNDER =
            List.of(Setting.DATA_DIR, Setting.NODE_ID, Setting.PEERS, Setting.CLUSTER_LISTEN, Setting.INSECURE);

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The node's, as of weir serve.")
    private @Nullable Path file;

    /** @param more settings that are options of it, too */
    static CommandLine commandLine(FoundingCommand command, Setting... more) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        SettingOptions.addTo(spec, OF_A_FOUNDER);
        SettingOptions.addTo(spec, List.of(more));
        return new CommandLine(spec);
    }

    /**
     * The node's settings.
     *
     * @param more what the command line says in other words
     */
    Settings settings(Map<Setting, String> more) {
        Map<Setting, String> flags = new EnumMap<>(Setting.class);
        flags.putAll(SettingOptions.given(spec));
        flags.putAll(more);
        return Invocation.settings(new ServeFlags(flags, file));
    }
}
