package io.weir.launcher.cli;

import io.weir.contracts.failure.ServiceException;
import io.weir.launcher.config.SettingException;
import io.weir.launcher.data.DataDirectoryException;
import io.weir.launcher.serve.PortInUseException;
import java.io.PrintWriter;
import org.apache.kafka.common.KafkaException;
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
public final class CommandTree implements Runnable {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private CommandTree() {}

    /** Runs what the command line says, and returns the process's exit code. */
    public static int execute(String... args) {
        return create().execute(args);
    }

    static CommandLine create() {
        CommandLine root = new CommandLine(new CommandTree());
        root.addSubcommand(ServeCommand.commandLine());
        root.addSubcommand(new TopicCommand());
        root.addSubcommand(new ProduceCommand());
        root.addSubcommand(new ConsumeCommand());
        root.addSubcommand(new GroupCommand());
        root.addSubcommand(new CompletionCommand());
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setUsageHelpAutoWidth(true);
        root.setParameterExceptionHandler(CommandTree::usageError);
        root.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
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

    private static int failed(Exception failure, CommandLine command) {
        PrintWriter err = command.getErr();
        switch (failure) {
            case SettingException unusable -> err.println("weir: " + unusable.getMessage());
            case DataDirectoryException unusable -> err.println("weir: " + unusable.getMessage());
            case PortInUseException taken -> err.println("weir: " + taken.getMessage());
            case CommandFailedException told -> {
                err.println("weir: " + told.getMessage());
                return ExitCode.FAILED;
            }
            case ServiceException part -> {
                err.println("weir: " + part.code().label() + ": " + part.getMessage());
                return ExitCode.FAILED;
            }
            case KafkaException kafka -> {
                err.println("weir: " + kafka.getMessage());
                return ExitCode.FAILED;
            }
            default -> {
                failure.printStackTrace(err);
                return ExitCode.FAILED;
            }
        }
        return ExitCode.USAGE;
    }
}
