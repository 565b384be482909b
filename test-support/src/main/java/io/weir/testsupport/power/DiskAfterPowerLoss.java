package io.weir.testsupport.power;

import io.weir.testsupport.power.SystemCallTrace.Call;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a disk may hold when the power fails at some line of a trace that began with an empty directory, or with one
 * whose contents are certain.
 *
 * <p>Certain: writes that returned before an fsync of their file began which returned before the failure; names
 * likewise, by an fsync of their directory. Of the rest, names are kept up to some operation in each directory, in
 * order, and writes by the page, in any choice, the last one torn. A file with two names is one file.
 */
public final class DiskAfterPowerLoss {
    private static final int PAGE = 4096;

    /** Calls that change files in a way that is not understood here: none may touch what is watched. */
    private static final Set<String> NOT_UNDERSTOOD =
            Set.of("writev", "pwritev", "pwritev2", "sendfile", "copy_file_range", "fallocate");

    /** What must be in the trace. */
    static final List<String> TRACED = List.of(
            "openat",
            "close",
            "write",
            "pwrite64",
            "lseek",
            "ftruncate",
            "fsync",
            "fdatasync",
            "rename",
            "link",
            "unlink",
            "mkdir",
            "rmdir",
            "writev",
            "pwritev",
            "pwritev2",
            "sendfile",
            "copy_file_range",
            "fallocate");

    private final Path base;
    private final boolean directoriesAreSynced;
    private final Node root = new Node();
    private final Map<Integer, Handle> handles = new HashMap<>();
    private final Map<Integer, Long> positions = new HashMap<>();

    private record Handle(Node node, boolean appends) {}

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
        private long length;
        /** Of a directory: the names now, and those that are certain. */
        private final Map<String, Node> names = new TreeMap<>();

        private final Map<String, Node> durableNames = new TreeMap<>();
        private final List<List<Naming>> namings = new ArrayList<>();
        private boolean directory;

        private void change(Change change) {
            changes.add(change);
            length = change.bytes == null ? change.at : Math.max(length, change.at + change.bytes.length);
        }

        private void name(String name, @Nullable Node node, int end) {
            set(names, name, node);
            namings.add(List.of(new Naming(name, node, end)));
        }
    }

    private DiskAfterPowerLoss(Path base, boolean directoriesAreSynced) {
        this.base = base;
        this.directoriesAreSynced = directoriesAreSynced;
        root.directory = true;
    }

    /** The disk below a directory, when the power fails at a line. */
    public static DiskAfterPowerLoss at(int line, List<Call> calls, Path base) {
        return at(line, calls, base, true);
    }

    /** The same if the process had never forced a directory: what a check of durability must condemn. */
    public static DiskAfterPowerLoss withoutDirectorySyncs(int line, List<Call> calls, Path base) {
        return at(line, calls, base, false);
    }

    /** The disk at the end of a trace that began with what another directory holds now. */
    public static DiskAfterPowerLoss atEnd(List<Call> calls, Path base, Path before) throws IOException {
        DiskAfterPowerLoss disk = new DiskAfterPowerLoss(base, true);
        fill(disk.root, before);
        return disk.until(Integer.MAX_VALUE, calls);
    }

    private static void fill(Node node, Path from) throws IOException {
        if (!Files.isDirectory(from)) {
            node.durable = Files.readAllBytes(from);
            node.length = node.durable.length;
            return;
        }
        node.directory = true;
        try (DirectoryStream<Path> names = Files.newDirectoryStream(from)) {
            for (Path each : names) {
                Node child = new Node();
                fill(child, each);
                node.names.put(each.getFileName().toString(), child);
            }
        }
        node.durableNames.putAll(node.names);
    }

    private static DiskAfterPowerLoss at(int line, List<Call> calls, Path base, boolean directoriesAreSynced) {
        return new DiskAfterPowerLoss(base, directoriesAreSynced).until(line, calls);
    }

    private DiskAfterPowerLoss until(int line, List<Call> calls) {
        for (Call call : calls) {
            if (call.start() < line) {
                did(call, call.end() < line);
            }
        }
        return this;
    }

    /** The lines at which something below a directory was forced, or was given or lost its name. */
    public static List<Integer> syncPoints(List<Call> calls, Path base) {
        DiskAfterPowerLoss disk = new DiskAfterPowerLoss(base, true);
        List<Integer> lines = new ArrayList<>();
        for (Call call : calls) {
            boolean isSyncPoint = switch (call.name()) {
                case "fsync", "fdatasync" -> disk.handles.containsKey(call.descriptor());
                case "rename", "link", "unlink", "mkdir", "rmdir" -> disk.isWatched(call.text(0));
                default -> false;
            };
            if (isSyncPoint) {
                lines.add(call.start());
                lines.add(call.end() + 1);
            }
            disk.did(call, true);
        }
        return lines;
    }

    private boolean isWatched(String path) {
        return Path.of(path).startsWith(base);
    }

    private void did(Call call, boolean returned) {
        if (NOT_UNDERSTOOD.contains(call.name()) && handles.containsKey(call.descriptor())) {
            throw new IllegalStateException("Not understood: " + call.name() + " at line " + call.start());
        }
        switch (call.name()) {
            case "openat" -> opened(call);
            case "close" -> handles.remove(call.descriptor());
            case "lseek" -> positions.replace(call.descriptor(), call.result());
            case "write" -> written(call);
            case "pwrite64" -> changed(call, new Change(call.number(3), content(call), call.end()));
            case "ftruncate" -> changed(call, new Change(call.number(1), null, call.end()));
            case "fsync", "fdatasync" -> {
                Handle handle = handles.get(call.descriptor());
                if (returned && handle != null && (directoriesAreSynced || !handle.node().directory)) {
                    synced(handle.node(), call.start());
                }
            }
            default -> renamed(call);
        }
    }

    private void renamed(Call call) {
        switch (call.name()) {
            case "mkdir" -> {
                Node node = new Node();
                node.directory = true;
                named(call.text(0), node, call.end());
            }
            case "unlink", "rmdir" -> named(call.text(0), null, call.end());
            case "link" -> {
                if (isWatched(call.text(1))) {
                    named(call.text(1), known(call.text(0)), call.end());
                }
            }
            case "rename" -> moved(call);
            default -> {}
        }
    }

    private void opened(Call call) {
        Path path = Path.of(call.text(1));
        handles.remove((int) call.result());
        positions.remove((int) call.result());
        if (!path.startsWith(base)) {
            return;
        }
        Node node = find(path);
        if (node == null) {
            node = new Node();
            named(path.toString(), node, call.end());
        }
        String flags = call.arguments().get(2);
        if (flags.contains("O_TRUNC")) {
            node.change(new Change(0, null, call.end()));
        }
        handles.put((int) call.result(), new Handle(node, flags.contains("O_APPEND")));
        positions.put((int) call.result(), 0L);
    }

    private void written(Call call) {
        Handle handle = handles.get(call.descriptor());
        if (handle == null) {
            return;
        }
        long at = handle.appends() ? handle.node().length : positions.getOrDefault(call.descriptor(), 0L);
        changed(call, new Change(at, content(call), call.end()));
        positions.put(call.descriptor(), at + call.result());
    }

    private static byte[] content(Call call) {
        return Arrays.copyOf(call.bytes(1), (int) call.result());
    }

    private void changed(Call call, Change change) {
        Handle handle = handles.get(call.descriptor());
        if (handle != null) {
            handle.node().change(change);
        }
    }

    /** Within a directory both names change at once; between directories nothing is promised. */
    private void moved(Call call) {
        Path from = Path.of(call.text(0));
        Path to = Path.of(call.text(1));
        if (!from.startsWith(base)) {
            return;
        }
        Node node = known(from.toString());
        Node parent = known(from.resolveSibling("").toString());
        if (!from.resolveSibling("").equals(to.resolveSibling(""))) {
            named(to.toString(), node, call.end());
            named(from.toString(), null, call.end());
            return;
        }
        String before = from.getFileName().toString();
        String after = to.getFileName().toString();
        set(parent.names, before, null);
        set(parent.names, after, node);
        parent.namings.add(List.of(new Naming(before, null, call.end()), new Naming(after, node, call.end())));
    }

    private void named(String text, @Nullable Node node, int end) {
        Path path = Path.of(text);
        if (!path.startsWith(base) || path.equals(base)) {
            return;
        }
        known(path.resolveSibling("").toString()).name(path.getFileName().toString(), node, end);
    }

    private Node known(String path) {
        Node node = find(Path.of(path));
        if (node == null) {
            throw new IllegalStateException("No call has made " + path);
        }
        return node;
    }

    private static void set(Map<String, Node> names, String name, @Nullable Node node) {
        if (node == null) {
            names.remove(name);
        } else {
            names.put(name, node);
        }
    }

    private @Nullable Node find(Path path) {
        Node node = root;
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
    public void writeCertain(Path to) throws IOException {
        write(root, to, null, new IdentityHashMap<>());
    }

    /** What is certain, and some of the rest. */
    public void writeSome(Path to, Random random) throws IOException {
        write(root, to, random, new IdentityHashMap<>());
    }

    private static void write(Node node, Path to, @Nullable Random random, Map<Node, byte[]> contents)
            throws IOException {
        if (!node.directory) {
            Files.write(to, contents.computeIfAbsent(node, file -> content(file, random)));
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
            write(each.getValue(), to.resolve(each.getKey()), random, contents);
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
