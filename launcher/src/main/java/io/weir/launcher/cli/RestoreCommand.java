package io.weir.launcher.cli;

import io.weir.launcher.config.Setting;
import io.weir.launcher.logging.Logging;
import io.weir.launcher.serve.Restore;
import io.weir.launcher.serve.RestoreReport;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir restore}. */
@Command(
        name = "restore",
        description = {
            "Makes a data directory from an object store alone, when every disk with the logs is lost: all that"
                    + " was flushed, and topics, groups and tables as of the last backup. Prints each topic with the"
                    + " offsets that are kept, and those that are known to be lost.",
            "The cluster that wrote the store must not run any more, on any machine. With peers, restore on each node,"
                    + " before any of them is started."
        })
final class RestoreCommand extends FoundingCommand {
    @Option(
            names = "--from",
            required = true,
            paramLabel = "URI",
            description = "The object store: file:DIR or s3://BUCKET/PREFIX. Name the same as object-store when you"
                    + " start the server.")
    @SuppressWarnings("NullAway.Init")
    private String from;

    @Option(
            names = "--anew",
            description = "Begin another restore, though one was begun with these peers: on the first node only; the"
                    + " others follow it without.")
    private boolean anew;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Output output;

    private RestoreCommand() {}

    static CommandLine commandLine() {
        return commandLine(new RestoreCommand(), Setting.S3_ENDPOINT, Setting.S3_REGION, Setting.S3_PATH_STYLE);
    }

    @Override
    public Integer call() {
        Logging.forClient();
        RestoreReport report =
                Restore.of(settings(Map.of(Setting.OBJECT_STORE, from)), anew).run();
        output.rows(
                List.of("topic", "partitions", "kept", "lost"),
                report.topics().stream()
                        .map(topic -> new Row()
                                .with("topic", topic.topic())
                                .with("partitions", topic.partitions())
                                .with("kept", topic.kept())
                                .with("lost", topic.lost())
                                .cells())
                        .toList());
        report.groups()
                .forEach(group -> output.say(
                        "group " + group.group() + " as of " + group.takenAt() + ", entry " + group.index()));
        report.notes().forEach(output::say);
        output.say("restored cluster " + report.cluster() + ", restore "
                + report.restoration().number()
                + " of this store. What was acknowledged after these times and not flushed"
                + " is lost as well. Each partition goes on at a multiple of a trillion: no offset is given"
                + " out twice.");
        return ExitCode.OK;
    }
}
