package io.weir.launcher.e2e;

import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The replicas of each Raft group, as one server says. */
record Membership(Map<String, List<String>> replicas) {
    private static final Pattern GROUP = Pattern.compile("\"group\":\"([^\"]+)\"[^\\[\\]]*\"peers\":\\[([^\\]]*)\\]");

    static Membership of(ServerProcess server) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            String answer = client.send(
                            HttpRequest.newBuilder(server.admin().resolve("/cluster"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            Map<String, List<String>> replicas = new TreeMap<>();
            Matcher groups = GROUP.matcher(answer);
            while (groups.find()) {
                replicas.put(
                        groups.group(1),
                        List.of(groups.group(2).replace("\"", "").split(",", -1)));
            }
            if (replicas.isEmpty()) {
                throw new AssertionError("No groups in " + answer);
            }
            return new Membership(replicas);
        }
    }

    /** Whether every group is of these nodes, and those that were replaced belong to none under their first id. */
    boolean isOf(List<Integer> nodes, List<Integer> replaced) {
        return replicas.values().stream()
                .allMatch(group -> group.size() == nodes.size()
                        && nodes.stream().allMatch(node -> group.stream().anyMatch(it -> it.startsWith(node + ".")))
                        && replaced.stream().noneMatch(node -> group.contains(node + ".1")));
    }

    /** Whether a node is another replica than before in every group, and nothing of the former one is left. */
    boolean isReplacedSince(Membership before, int node) {
        return replicas.entrySet().stream().allMatch(group -> {
            List<String> former = before.replicas().getOrDefault(group.getKey(), List.of());
            List<String> now = of(group.getValue(), node);
            return group.getValue().size() == former.size() && now.size() == 1 && !former.contains(now.getFirst());
        });
    }

    private static List<String> of(List<String> group, int node) {
        return group.stream().filter(id -> id.startsWith(node + ".")).toList();
    }
}
