package io.weir.launcher.cli;

import static java.util.Objects.requireNonNullElse;

import io.weir.launcher.local.LocalCluster;
import io.weir.launcher.local.LocalNode;
import io.weir.launcher.local.LocalPorts;
import io.weir.launcher.local.LocalSize;
import io.weir.launcher.logging.Logging;
import io.weir.launcher.serve.Founder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code weir cluster}: founds a cluster, and runs one on this machine to try it out. */
@Command(
        name = "cluster",
        description = "Founds a cluster's nodes, describes it, adds, removes and drains nodes, adds shards and moves"
                + " partitions between them; starts, shows and ends a cluster of processes on this machine.",
        subcommands = {
            ClusterCommand.Describe.class,
            ClusterCommand.Add.class,
            ClusterCommand.Remove.class,
            ClusterCommand.Drain.class,
            ClusterCommand.Shards.class,
            ClusterCommand.Move.class,
            ClusterCommand.Moves.class,
            ClusterCommand.Up.class,
            ClusterCommand.Status.class,
            ClusterCommand.Kill.class,
            ClusterCommand.Down.class
        })
final class ClusterCommand implements Runnable {
    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    static CommandLine commandLine() {
        CommandLine cluster = new CommandLine(new ClusterCommand());
        cluster.addSubcommand(Found.commandLine());
        return cluster;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A subcommand is missing");
    }

    @Command(
            name = "found",
            description = "Makes an empty data directory that of a node which the cluster begins with. Once for each of"
                    + " the peers, before its first serve, with the same settings; never for a node that has lost its"
                    + " directory: that one comes back as a new replica.")
    static final class Found extends FoundingCommand {
        private Found() {}

        static CommandLine commandLine() {
            return commandLine(new Found());
        }

        @Override
        public Integer call() {
            Logging.forClient();
            Founder.of(settings(Map.of())).found();
            return ExitCode.OK;
        }
    }

    @Command(
            name = "describe",
            description = "Shows a cluster's nodes, and the Raft groups as the node that is asked sees them.")
    static final class Describe extends TableCommand.OnServer {
        @Override
        void run() throws InterruptedException {
            Map<String, Object> cluster = object(admin.answer("GET", "cluster"));
            if (output.isJson()) {
                output.rows(List.of(), List.of(cluster));
                return;
            }
            output.lines(List.of("cluster " + cluster.get("cluster") + ", asked node " + cluster.get("node")));
            output.rows(List.of("node", "kafka"), objects(requireNonNullElse(cluster.get("nodes"), List.of())));
            List<Map<String, Object>> plans = objects(requireNonNullElse(cluster.get("plans"), List.of()));
            if (!plans.isEmpty()) {
                output.rows(List.of("node", "plan"), plans);
            }
            List<Map<String, Object>> groups = objects(requireNonNullElse(cluster.get("groups"), List.of()));
            groups.forEach(group -> group.replaceAll((name, value) -> value == null ? "" : value));
            output.rows(
                    List.of(
                            "group",
                            "leader",
                            "term",
                            "applied",
                            "logBytes",
                            "streams",
                            "tailBytes",
                            "peers",
                            "behind",
                            "failure"),
                    groups);
        }
    }

    @Command(
            name = "add",
            description =
                    "Lets a further node take part in the cluster, while it serves. The node is then started with an"
                            + " empty data directory, and joins every group by itself; describe shows how far it is.")
    static final class Add extends TableCommand.OnServer {
        @Parameters(
                paramLabel = "N=HOST:PORT",
                description = "Its number, and where it will listen for the other nodes.")
        @SuppressWarnings("NullAway.Init")
        private String peer;

        @Override
        void run() throws InterruptedException {
            int equals = peer.indexOf('=');
            if (equals < 1) {
                throw new CommandFailedException("'" + peer + "' is not N=HOST:PORT");
            }
            Object answer = admin.answer(
                    "PUT",
                    "cluster",
                    "members",
                    peer.substring(0, equals).strip(),
                    peer.substring(equals + 1).strip());
            output.say(String.valueOf(object(answer).get("message")));
        }
    }

    @Command(
            name = "remove",
            description =
                    "Takes a node out of the cluster, while it serves: another one leads what it led, and it leaves"
                            + " every group. Never when those that are left and answer are no quorum.")
    static final class Remove extends TableCommand.OnServer {
        @Parameters(paramLabel = "N", description = "Its number.")
        private int number;

        @Override
        void run() throws InterruptedException {
            Object answer = admin.answer("DELETE", "cluster", "members", String.valueOf(number));
            output.say(String.valueOf(object(answer).get("message")));
        }
    }

    @Command(
            name = "drain",
            description = "Has a node lead nothing, coordinate no consumer group and get no further clients, and waits"
                    + " until that is so: it can be stopped then, and nobody waits for an election. It stays so, also"
                    + " when the node is started again, until --undo.")
    static final class Drain extends TableCommand.OnServer {
        @Parameters(paramLabel = "N", description = "Its number.")
        private int number;

        @Option(names = "--undo", description = "It may lead and serve again; what it gets comes by itself.")
        private boolean undo;

        @Override
        void run() throws InterruptedException {
            String node = String.valueOf(number);
            Object answer = admin.answer(undo ? "DELETE" : "PUT", "cluster", "drained", node);
            output.say(String.valueOf(object(answer).get("message")));
            if (!undo) {
                await(() -> left(object(admin.answer("GET", "cluster", "drained", node))));
                output.say("Node " + number + " is drained: it leads nothing, owns no cell, and may be stopped");
            }
        }

        private Optional<String> left(Map<String, Object> progress) {
            return Boolean.TRUE.equals(progress.get("done"))
                    ? Optional.empty()
                    : Optional.of("Node " + number + " is not drained yet: it leads " + progress.get("leads")
                            + " and owns " + progress.get("cells") + " cells; who leads " + progress.get("unknown")
                            + " is not known to node " + progress.get("asked"));
        }
    }

    @Command(
            name = "shards",
            description = "Adds shards of the log while the cluster serves, and waits until each has a leader. Topics"
                    + " that are created afterwards are placed on them too; streams that there are stay.")
    static final class Shards extends TableCommand.OnServer {
        @Parameters(paramLabel = "N", description = "How many there are to be, 1 to 16.")
        private int total;

        @Override
        void run() throws InterruptedException {
            Object answer = admin.answer("PUT", "cluster", "shards", String.valueOf(total));
            output.say(String.valueOf(object(answer).get("message")));
            await(() -> {
                long led = led();
                return led >= total
                        ? Optional.empty()
                        : Optional.of("Only " + led + " of " + total + " shards have a leader yet");
            });
            output.say("Each shard has a leader");
        }

        private long led() throws InterruptedException {
            Map<String, Object> cluster = object(admin.answer("GET", "cluster"));
            return objects(requireNonNullElse(cluster.get("groups"), List.of())).stream()
                    .filter(group ->
                            String.valueOf(group.get("group")).startsWith("wal-") && group.get("leader") != null)
                    .count();
        }
    }

    @Command(
            name = "move",
            description =
                    "Moves partitions to another shard of the log while they are written and read, and waits until"
                            + " they are there. What they hold stays where it is; clients see a new leader epoch. With"
                            + " --cancel gives a move up that has not placed anything yet.")
    static final class Move extends TableCommand.OnServer {
        @Parameters(
                paramLabel = "TOPIC[:P,P]",
                arity = "0..1",
                description = "A topic, or some of its partitions, as orders:0,3.")
        private @Nullable String what;

        @Option(names = "--to", paramLabel = "SHARD", description = "Where to, from 0.")
        private @Nullable Integer shard;

        @Option(
                names = "--cancel",
                paramLabel = "MOVE",
                description = "The number of a move, as weir cluster moves shows.")
        private @Nullable Long cancelled;

        @Override
        void run() throws InterruptedException {
            if (cancelled != null && what == null && shard == null) {
                Object answer = admin.answer("DELETE", "cluster", "moves", String.valueOf(cancelled));
                output.say(String.valueOf(object(answer).get("message")));
            } else if (cancelled == null && what != null && shard != null) {
                move(what, String.valueOf(shard));
            } else {
                throw new CommandFailedException("Say either TOPIC[:P,P] and --to, or --cancel");
            }
        }

        private void move(String wanted, String to) throws InterruptedException {
            // No topic's name has a colon.
            int colon = wanted.indexOf(':');
            String topic = colon < 0 ? wanted : wanted.substring(0, colon);
            List<Map<String, Object>> planned = Moves.of(
                    colon < 0
                            ? admin.answer("PUT", "cluster", "moves", topic, to)
                            : admin.answer("PUT", "cluster", "moves", topic, to, wanted.substring(colon + 1)));
            awaitEnd(planned.stream().map(each -> each.get("move")).toList());
            List<?> shards = (List<?>) requireNonNullElse(
                    object(admin.answer("GET", "cluster", "moves", topic)).get("shards"), List.of());
            boolean allThere = planned.stream()
                    .flatMap(each -> ((List<?>) requireNonNullElse(each.get("partitions"), List.of())).stream())
                    .allMatch(partition -> to.equals(String.valueOf(shards.get(((Number) partition).intValue()))));
            if (!allThere) {
                throw new CommandFailedException("A move was given up, and its partitions stay where they were: the log"
                        + " of the node that leads their shard says why. Topic " + topic + " is at shards " + shards);
            }
            output.say(wanted + " is at shard " + to);
        }

        private void awaitEnd(List<?> moves) throws InterruptedException {
            await(() -> Moves.of(admin.answer("GET", "cluster", "moves")).stream()
                            .noneMatch(each -> moves.contains(each.get("move")))
                    ? Optional.empty()
                    : Optional.of("Not all of these moves are over yet; they go on, and weir cluster moves shows them: "
                            + moves));
        }
    }

    @Command(name = "moves", description = "Shows the moves of partitions between shards that are not over.")
    static final class Moves extends TableCommand.OnServer {
        @Override
        void run() throws InterruptedException {
            output.rows(
                    List.of("move", "topic", "partitions", "from", "to", "phase"),
                    of(admin.answer("GET", "cluster", "moves")));
        }

        private static List<Map<String, Object>> of(Object answer) {
            return objects(requireNonNullElse(object(answer).get("moves"), List.of()));
        }
    }

    /** What every command about a cluster on this machine shares. */
    abstract static class Local implements Callable<Integer> {
        @Option(
                names = "--dir",
                paramLabel = "DIR",
                defaultValue = "./cluster",
                description = "Where the cluster is kept. Default: ${DEFAULT-VALUE}")
        @SuppressWarnings("NullAway.Init")
        Path directory;

        @Mixin
        @SuppressWarnings("NullAway.Init")
        Output output;

        @Override
        public final Integer call() throws InterruptedException {
            Logging.forClient();
            try {
                run();
            } catch (IOException | IllegalStateException failed) {
                throw new CommandFailedException(String.valueOf(failed.getMessage()));
            }
            return ExitCode.OK;
        }

        abstract void run() throws IOException, InterruptedException;

        void show(LocalCluster cluster) {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (LocalNode node : cluster.nodes()) {
                rows.add(new Row()
                        .with("node", node.number())
                        .with(
                                "process",
                                node.process()
                                        .map(process -> "" + process.pid())
                                        .orElse("none"))
                        .with("roles", node.roles().toString())
                        .with("kafka", node.kafka().orElse("none"))
                        .with("admin", node.admin())
                        .with("log", node.log().toString())
                        .cells());
            }
            output.rows(List.of("node", "process", "roles", "kafka", "admin", "log"), rows);
        }
    }

    @Command(
            name = "up",
            description = "Starts a cluster of processes on this machine, or those of its nodes that do not run, and"
                    + " waits until they serve.")
    static final class Up extends Local {
        @Parameters(
                paramLabel = "N",
                arity = "0..1",
                defaultValue = "3",
                converter = SizeConverter.class,
                description =
                        "Nodes that do everything: 3, 5 or 7. Or METADATA+WAL+GATEWAYS, nodes of one role each, as"
                                + " 3+3+2. Default: 3")
        @SuppressWarnings("NullAway.Init")
        private LocalSize size;

        @Option(
                names = "--port-offset",
                paramLabel = "N",
                defaultValue = "0",
                description = "Added to every port, beside another cluster or server. Default: 0")
        private int offset;

        @Option(
                names = "--timeout",
                paramLabel = "DURATION",
                defaultValue = "2m",
                converter = Connection.DurationConverter.class,
                description = "How long to wait for them. Default: ${DEFAULT-VALUE}")
        @SuppressWarnings("NullAway.Init")
        private Duration timeout;

        @Option(
                names = "--serve",
                paramLabel = "OPTION",
                description = "A further option of weir serve for every node, as --serve=--tables=false; repeatable.")
        private List<String> options = new ArrayList<>();

        @Override
        void run() throws IOException, InterruptedException {
            LocalCluster cluster = LocalCluster.of(directory, size, new LocalPorts(offset));
            cluster.up(options, timeout);
            show(cluster);
            output.say("clients: --bootstrap "
                    + cluster.nodes().stream()
                            .flatMap(node -> node.kafka().stream())
                            .collect(Collectors.joining(",")));
        }
    }

    /** What {@code up} is told. */
    static final class SizeConverter implements CommandLine.ITypeConverter<LocalSize> {
        @Override
        public LocalSize convert(String text) {
            try {
                return LocalSize.parse(text);
            } catch (IllegalArgumentException neither) {
                throw new CommandLine.TypeConversionException(neither.getMessage());
            }
        }
    }

    @Command(name = "status", description = "Shows the nodes of a cluster on this machine.")
    static final class Status extends Local {
        @Override
        void run() throws IOException {
            show(LocalCluster.in(directory));
        }
    }

    @Command(name = "kill", description = "Kills a node of a cluster on this machine, as kill -9 does.")
    static final class Kill extends Local {
        @Parameters(paramLabel = "NODE", description = "Its number.")
        private int number;

        @Override
        void run() throws IOException, InterruptedException {
            output.say(
                    LocalCluster.in(directory).kill(number)
                            ? "killed node " + number + "; ./weir cluster up starts it again"
                            : "node " + number + " does not run");
        }
    }

    @Command(name = "down", description = "Ends every node of a cluster on this machine; what it holds stays.")
    static final class Down extends Local {
        @Override
        void run() throws IOException, InterruptedException {
            LocalCluster.in(directory).down();
        }
    }
}
