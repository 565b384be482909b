package io.weir.launcher.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The root command and how every command ends. */
@Command(
        name = "weir",
        description = "One messaging service in place of many: the server and its client.",
        footer = {
            "",
            "Data goes to standard output, everything else to standard error.",
            "Exit codes: 0 done; 1 failed or refused by the server; 2 a command line or setting that cannot be used;"
                    + " 130 or 143 ended by a signal."
        },
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class)
final class CommandTree implements Runnable {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private CommandTree() {}

    /** Runs what the command line says, and returns the process's exit code. */
    static int execute(String... args) {
        return create().execute(args);
    }

    static CommandLine create() {
        CommandLine root = new CommandLine(new CommandTree());
        root.addSubcommand(ServeCommand.commandLine());
        root.addSubcommand(new TopicCommand());
        root.addSubcommand(new ProduceCommand());
        root.addSubcommand(new ConsumeCommand());
        root.addSubcommand(new GroupCommand());
        root.addSubcommand(new TableCommand());
        root.addSubcommand(ClusterCommand.commandLine());
        root.addSubcommand(RestoreCommand.commandLine());
        root.addSubcommand(new CompletionCommand());
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setUsageHelpAutoWidth(true);
        root.setParameterExceptionHandler(CommandTree::usageError);
        root.setExecutionExceptionHandler((failure, command, parsed) -> ExitCode.of(failure, command.getErr()));
        return root;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A command is missing");
    }

    private static int usageError(ParameterException wrong, String[] args) {
        PrintWriter err = wrong.getCommandLine().getErr();
        err.println("weir: " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println("Try '" + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }
}
