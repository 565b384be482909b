package io.weir.launcher.e2e;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.FreePorts;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Several servers that are one service, and an object store that they share.
 *
 * <p>Threading: one thread at a time. Closing kills them.
 */
final class SeveralServers implements AutoCloseable {
    private final List<ServerProcess> servers = new ArrayList<>();
    private final List<ServerProcess> gateways = new ArrayList<>();
    private final List<String> peers = new ArrayList<>();
    private final String name;
    private final Path directory;
    private final List<String> options;

    /**
     * Founds servers that have every role, without starting any.
     *
     * @param name of their logs
     * @param options of each, further ones
     */
    SeveralServers(Command weir, String name, int count, Path directory, String... options) throws IOException {
        this(Collections.nCopies(count, new Place(weir, "127.0.0.1", "all")), name, directory, List.of(options));
    }

    /** The same with a command for each of them, from 1. */
    SeveralServers(IntFunction<Command> weir, String name, int count, Path directory, String... options)
            throws IOException {
        this(
                IntStream.rangeClosed(1, count)
                        .mapToObj(node -> new Place(weir.apply(node), "127.0.0.1", "all"))
                        .toList(),
                name,
                directory,
                List.of(options));
    }

    /** The same of servers that have some roles each; the last one, if it keeps nothing, finds the others by name. */
    SeveralServers(Command weir, String name, List<String> roles, Path directory, String... options)
            throws IOException {
        this(roles.stream().map(its -> new Place(weir, "127.0.0.1", its)).toList(), name, directory, List.of(options));
    }

    /** The same, each on a host of its own. */
    SeveralServers(Command weir, Hosts hosts, String name, Path directory, String... options) throws IOException {
        this(host -> weir, hosts, name, directory, options);
    }

    /** The same with a command for each host. */
    SeveralServers(IntFunction<Command> weir, Hosts hosts, String name, Path directory, String... options)
            throws IOException {
        this(
                hosts.numbers()
                        .mapToObj(host -> new Place(hosts.on(host, weir.apply(host)), hosts.address(host), "all"))
                        .toList(),
                name,
                directory,
                Stream.concat(Stream.of("--insecure", "true"), Stream.of(options))
                        .toList());
    }

    /** Where a server runs, and what it does. */
    private record Place(Command weir, String host, String roles) {
        boolean keeps() {
            return roles.equals("all") || roles.equals("metadata") || roles.equals("wal");
        }

        boolean isGateway() {
            return roles.equals("all") || roles.contains("gateway");
        }

        String address() {
            return host + ":" + FreePorts.next() + (roles.equals("all") ? "" : "/" + roles);
        }
    }

    private SeveralServers(List<Place> places, String name, Path directory, List<String> options) throws IOException {
        this.name = name;
        this.directory = directory;
        this.options = options;
        for (int node = 1; node <= places.size(); node++) {
            if (places.get(node - 1).keeps()) {
                peers.add(node + "=" + places.get(node - 1).address());
            }
        }
        for (int node = 1; node <= places.size(); node++) {
            Place place = places.get(node - 1);
            if (place.keeps()) {
                Weir.command()
                        .with(
                                "cluster",
                                "found",
                                "--insecure",
                                "--data-dir",
                                data(node).toString())
                        .with(settings(node).toArray(String[]::new))
                        .run()
                        .succeeded();
            }
            prepare(node, place, node == places.size() && !place.keeps());
        }
    }

    private Path data(int node) throws IOException {
        return Files.createDirectories(directory.resolve("node-" + node));
    }

    private List<String> settings(int node) {
        return List.of("--node-id", Integer.toString(node), "--peers", String.join(",", peers));
    }

    /** Every peer by a name that stands for its address. */
    private String named() {
        return peers.stream()
                .map(peer -> "dns:localhost" + peer.substring(peer.indexOf(':')))
                .collect(Collectors.joining(","));
    }

    private void prepare(int node, Place place, boolean findsTheOthersByName) throws IOException {
        List<String> settings = new ArrayList<>(settings(node));
        if (findsTheOthersByName) {
            settings.set(settings.indexOf("--peers") + 1, named());
        }
        settings.addAll(List.of("--roles", place.roles()));
        settings.addAll(List.of("--object-store", "file:" + directory.resolve("objects")));
        settings.addAll(options);
        ServerProcess server =
                Weir.server(place.weir(), place.host(), name + "-" + node, data(node), settings.toArray(String[]::new));
        servers.add(server);
        if (place.isGateway()) {
            gateways.add(server);
        }
    }

    /** Announces a further node to a running one, and starts it with an empty directory. */
    ServerProcess grow(ServerProcess running) throws IOException {
        Place place = new Place(Weir.command(), "127.0.0.1", "all");
        int node = servers.size() + 1;
        peers.add(node + "=" + place.address());
        Weir.command()
                .with(
                        "cluster",
                        "add",
                        peers.getLast(),
                        "--admin",
                        running.admin().toString())
                .run()
                .succeeded();
        prepare(node, place, false);
        return servers.getLast().start();
    }

    /** Starts all of them at once, and returns when they serve. */
    SeveralServers start() {
        start(servers);
        return this;
    }

    /** Starts some of them at once, and returns when they serve: they may need each other for that. */
    void start(List<ServerProcess> some) {
        CompletableFuture.allOf(some.stream()
                        .map(server -> CompletableFuture.runAsync(
                                server::start, work -> Thread.ofPlatform().start(work)))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    /** From 1. */
    ServerProcess node(int number) {
        return servers.get(number - 1);
    }

    List<ServerProcess> all() {
        return List.copyOf(servers);
    }

    /** Those that clients see. */
    List<ServerProcess> gateways() {
        return List.copyOf(gateways);
    }

    /** Where clients begin: every gateway. */
    String bootstrap() {
        return gateways.stream().map(ServerProcess::bootstrap).collect(Collectors.joining(","));
    }

    /** The number of the node that leads a group, as the first that says so knows it. */
    int leader(String group, Duration atMost) {
        AtomicInteger found = new AtomicInteger();
        Await.until("a leader of " + group, atMost, () -> {
            for (ServerProcess server : servers) {
                leaderAsKnownBy(server, group).ifPresent(found::set);
            }
            return found.get() > 0;
        });
        return found.get();
    }

    /** The same as one of them knows it; empty while it does not serve. */
    static OptionalInt leaderAsKnownBy(ServerProcess server, String group) throws InterruptedException {
        HttpRequest question = HttpRequest.newBuilder(server.admin().resolve("/cluster"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            String answer = client.send(question, BodyHandlers.ofString()).body();
            Matcher leader = Pattern.compile("\"group\":\"" + group + "\",\"leader\":(\\d+)")
                    .matcher(answer);
            return leader.find() ? OptionalInt.of(Integer.parseInt(leader.group(1))) : OptionalInt.empty();
        } catch (IOException notServing) {
            return OptionalInt.empty();
        }
    }

    @Override
    public void close() {
        servers.forEach(ServerProcess::close);
    }
}
