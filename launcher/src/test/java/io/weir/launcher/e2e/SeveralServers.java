package io.weir.launcher.e2e;

import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.FreePorts;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Several servers that are one service, each with every role, and an object store that they share.
 *
 * <p>Threading: one thread at a time. Closing kills them.
 */
final class SeveralServers implements AutoCloseable {
    private final List<ServerProcess> servers = new ArrayList<>();

    /**
     * Founds them without starting any.
     *
     * @param name of their logs
     * @param options of each, further ones
     */
    SeveralServers(Command weir, String name, int count, Path directory, String... options) throws IOException {
        List<Integer> ports =
                IntStream.range(0, count).mapToObj(i -> FreePorts.next()).toList();
        String peers = IntStream.range(0, count)
                .mapToObj(i -> (i + 1) + "=127.0.0.1:" + ports.get(i))
                .collect(Collectors.joining(","));
        for (int node = 1; node <= count; node++) {
            Path data = Files.createDirectories(directory.resolve("node-" + node));
            List<String> settings = new ArrayList<>(List.of("--node-id", Integer.toString(node), "--peers", peers));
            Weir.command()
                    .with("cluster", "found", "--data-dir", data.toString())
                    .with(settings.toArray(String[]::new))
                    .run()
                    .succeeded();
            settings.addAll(List.of("--object-store", "file:" + directory.resolve("objects")));
            settings.addAll(Arrays.asList(options));
            servers.add(Weir.server(weir, name + "-" + node, data, settings.toArray(String[]::new)));
        }
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

    /** Where clients begin: every node. */
    String bootstrap() {
        return servers.stream().map(ServerProcess::bootstrap).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        servers.forEach(ServerProcess::close);
    }
}
