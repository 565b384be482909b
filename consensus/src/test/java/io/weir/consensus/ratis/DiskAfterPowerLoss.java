package io.weir.consensus.ratis;

import io.weir.consensus.ratis.SystemCallTrace.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a disk may hold when the power fails at some line of a trace.
 *
 * <p>Certain: writes that returned before an fsync of their file began which returned before the failure; names
 * likewise, by an fsync of their directory. Of the rest, names are kept up to some operation in each directory, in
 * order, and writes by the page, in any choice, the last one torn.
 */
final class DiskAfterPowerLoss {
    private static final int PAGE = 4096;

    private final Path base;
    private final Node root = new Node();
    private final Map<Integer, Handle> handles = new HashMap<>();
    private final Map<Integer, Long> positions = new HashMap<>();

    private record Handle(Node node) {}

    /** A write, or a change of length to {@code at} if there are no bytes. */
    private static final class Change {
        private final long at;
        private final byte @Nullable [] bytes;
        private final int end;

        Change(long at, byte @Nullable [] bytes, int end) {
            this.at = at;
            this.bytes = bytes;
            this.end = end;
        }
    }

    /** A name set to a node, or removed. */
    private record Naming(String name, @Nullable Node node, int end) {}

    private static final class Node {
        private byte[] durable = new byte[0];
        private final List<Change> changes = new ArrayList<>();
        /** Of a directory: the names now, and those that are certain. */
        private final Map<String, Node> names = new TreeMap<>();

        private final Map<String, Node> durableNames = new TreeMap<>();
        private final List<List<Naming>> namings = new ArrayList<>();
        private boolean directory;
    }

    private DiskAfterPowerLoss(Path base) {
        this.base = base;
        root.directory = true;
    }

    /** The disk below a directory, when the power fails at a line. */
    static DiskAfterPowerLoss at(int line, List<Call> calls, Path base) {
        DiskAfterPowerLoss disk = new DiskAfterPowerLoss(base);
        for (Call call : calls) {
            if (call.start() >= line) {
                break;
            }
            disk.did(call, call.end() < line);
        }
        return disk;
    }

    private void did(Call call, boolean returned) {
        switch (call.name()) {
            case "openat" -> opened(call);
            case "close" -> handles.remove(call.descriptor());
            case "lseek" -> {
                if (handles.containsKey(call.descriptor())) {
                    positions.put(call.descriptor(), call.result());
                }
            }
            case "write" -> written(call, positions.getOrDefault(call.descriptor(), 0L), true);
            case "pwrite64" -> written(call, call.number(3), false);
            case "ftruncate" -> changed(call, new Change(call.number(1), null, call.end()));
            case "fsync", "fdatasync" -> {
                if (returned && handles.containsKey(call.descriptor())) {
                    synced(handles.get(call.descriptor()).node(), call.start());
                }
            }
            case "mkdir" -> {
                Node node = new Node();
                node.directory = true;
                named(call.text(0), node, call.end());
            }
            case "unlink" -> named(call.text(0), null, call.end());
            case "rename" -> renamed(call);
            default -> {}
        }
    }

    private void opened(Call call) {
        Path path = Path.of(call.text(1));
        if (!path.startsWith(base)) {
            return;
        }
        Node node = find(path);
        if (node == null) {
            node = new Node();
            named(path.toString(), node, call.end());
        }
        if (call.arguments().get(2).contains("O_TRUNC")) {
            node.changes.add(new Change(0, null, call.end()));
        }
        handles.put((int) call.result(), new Handle(node));
        positions.put((int) call.result(), 0L);
    }

    private void written(Call call, long at, boolean moves) {
        if (!handles.containsKey(call.descriptor())) {
            return;
        }
        byte[] bytes = Arrays.copyOf(call.bytes(1), (int) call.result());
        changed(call, new Change(at, bytes, call.end()));
        if (moves) {
            positions.put(call.descriptor(), at + call.result());
        }
    }

    private void changed(Call call, Change change) {
        Handle handle = handles.get(call.descriptor());
        if (handle != null) {
            handle.node().changes.add(change);
        }
    }

    private void renamed(Call call) {
        Path from = Path.of(call.text(0));
        Path to = Path.of(call.text(1));
        if (!from.startsWith(base)) {
            return;
        }
        Node parent = find(from.getParent());
        Node node = find(from);
        if (parent == null || node == null) {
            throw new IllegalStateException("Renamed from nowhere: " + from);
        }
        parent.names.remove(from.getFileName().toString());
        parent.names.put(to.getFileName().toString(), node);
        parent.namings.add(List.of(
                new Naming(from.getFileName().toString(), null, call.end()),
                new Naming(to.getFileName().toString(), node, call.end())));
    }

    private void named(String text, @Nullable Node node, int end) {
        Path path = Path.of(text);
        if (!path.startsWith(base) || path.equals(base)) {
            return;
        }
        Node parent = find(path.getParent());
        if (parent == null) {
            throw new IllegalStateException("Named in no directory: " + path);
        }
        String name = path.getFileName().toString();
        set(parent.names, name, node);
        parent.namings.add(List.of(new Naming(name, node, end)));
    }

    private static void set(Map<String, Node> names, String name, @Nullable Node node) {
        if (node == null) {
            names.remove(name);
        } else {
            names.put(name, node);
        }
    }

    private @Nullable Node find(@Nullable Path path) {
        Node node = root;
        if (path == null) {
            return null;
        }
        for (Path name : base.relativize(path)) {
            if (name.toString().isEmpty()) {
                continue;
            }
            node = node.names.get(name.toString());
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    private static void synced(Node node, int start) {
        for (Iterator<Change> changes = node.changes.iterator(); changes.hasNext(); ) {
            Change change = changes.next();
            if (change.end < start) {
                node.durable = applied(node.durable, change);
                changes.remove();
            }
        }
        for (Iterator<List<Naming>> namings = node.namings.iterator(); namings.hasNext(); ) {
            List<Naming> together = namings.next();
            if (together.getFirst().end() < start) {
                together.forEach(naming -> set(node.durableNames, naming.name(), naming.node()));
                namings.remove();
            }
        }
    }

    private static byte[] applied(byte[] before, Change change) {
        byte[] bytes = change.bytes;
        if (bytes == null) {
            return Arrays.copyOf(before, (int) change.at);
        }
        int end = (int) change.at + bytes.length;
        byte[] after = end > before.length ? Arrays.copyOf(before, end) : before.clone();
        System.arraycopy(bytes, 0, after, (int) change.at, bytes.length);
        return after;
    }

    /** Only what is certain. */
    void writeCertain(Path to) throws IOException {
        write(root, to, null);
    }

    /** What is certain, and some of the rest. */
    void writeSome(Path to, Random random) throws IOException {
        write(root, to, random);
    }

    private static void write(Node node, Path to, @Nullable Random random) throws IOException {
        if (!node.directory) {
            Files.write(to, content(node, random));
            return;
        }
        Files.createDirectories(to);
        Map<String, Node> names = new TreeMap<>(node.durableNames);
        if (random != null) {
            node.namings.stream()
                    .limit(random.nextInt(node.namings.size() + 1))
                    .forEach(together -> together.forEach(naming -> set(names, naming.name(), naming.node())));
        }
        for (Map.Entry<String, Node> each : names.entrySet()) {
            write(each.getValue(), to.resolve(each.getKey()), random);
        }
    }

    private static byte[] content(Node node, @Nullable Random random) {
        byte[] content = node.durable;
        if (random == null) {
            return content;
        }
        for (Change change : node.changes) {
            byte[] bytes = change.bytes;
            if (bytes == null) {
                content = random.nextBoolean() ? applied(content, change) : content;
                continue;
            }
            boolean last = change == node.changes.getLast();
            int torn = last ? random.nextInt(bytes.length + 1) : bytes.length;
            for (int at = 0; at < torn; at += PAGE) {
                if (random.nextInt(3) > 0) {
                    byte[] page = Arrays.copyOfRange(bytes, at, Math.min(at + PAGE, torn));
                    content = applied(content, new Change(change.at + at, page, change.end));
                }
            }
        }
        return content;
    }
}
