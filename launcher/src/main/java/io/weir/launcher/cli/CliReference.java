package io.weir.launcher.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The text of {@code docs/cli.md}, made from the commands; a test holds the file equal to it. */
final class CliReference {
    private static final int WIDTH = 110;

    private CliReference() {}

    static String markdown(CommandLine root) {
        StringBuilder text = new StringBuilder("# The command line\n\nMade from the commands in"
                + " `io.weir.launcher.cli`; do not edit by hand.\n\n`./weir` at the root of the repository builds what"
                + " is out of date, finds a JDK and runs these. `./weir test` is the script's own: it runs everything"
                + " the project tests, and with `--long crash|fuzz|sim|sink --minutes N` goes on from the"
                + " last seed.\n");
        append(text, root, "##");
        return text.toString();
    }

    private static void append(StringBuilder text, CommandLine command, String heading) {
        text.append('\n')
                .append(heading)
                .append(" `")
                .append(command.getCommandSpec().qualifiedName())
                .append("`\n\n```\n");
        command.setUsageHelpAutoWidth(false);
        command.setUsageHelpWidth(WIDTH);
        command.getUsageMessage(Ansi.OFF)
                .lines()
                .forEach(line -> text.append(line.stripTrailing()).append('\n'));
        text.append("```\n");
        command.getSubcommands().values().forEach(sub -> append(text, sub, "##"));
    }
}
