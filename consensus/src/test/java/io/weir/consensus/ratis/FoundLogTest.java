package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.testsupport.power.SystemCallTrace;
import io.weir.testsupport.power.SystemCallTrace.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start does with files of which a process that was killed has left, maybe, some in memory only. */
class FoundLogTest {
    private static final int SEGMENT_BYTES = 1 << 16;
    private static final int ENTRIES = 20;

    @TempDir
    private Path scratch;

    @Test
    void whatAStartKeepsOfALogIsFsyncedBeforeItIsBuiltUpon() throws Exception {
        assumeTrue(SystemCallTrace.isPossible(), "strace is not installed");
        long seed = 20261122;
        Path disk = Files.createDirectory(scratch.resolve("disk")).toRealPath();
        Path trace = scratch.resolve("trace");

        // Given a log of several files, of which the last but one has lost its closing rename
        ChildProcess.start(List.of(), disk, seed, ENTRIES, SEGMENT_BYTES).awaitEnd();
        Path open = only(disk, "log_inprogress_");
        Path lastClosed = lastClosed(disk);
        String first = lastClosed.getFileName().toString().split("[_-]", -1)[1];
        Path lostItsName = Files.move(lastClosed, lastClosed.resolveSibling("log_inprogress_" + first));

        // When the next process goes on with it
        ChildProcess.start(SystemCallTrace.tracer(trace), disk, seed, 1, SEGMENT_BYTES)
                .awaitEnd();

        // Then both are forced before they get the name of a file that nobody writes to or checks for a torn end
        assertThat(renamedUnforced(SystemCallTrace.read(trace), Set.of(open, lostItsName)))
                .isEmpty();
    }

    private static Path only(Path disk, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(disk)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .reduce((one, other) -> {
                        throw new IllegalStateException(one + " and " + other);
                    })
                    .orElseThrow();
        }
    }

    private static Path lastClosed(Path disk) throws IOException {
        try (Stream<Path> files = Files.walk(disk)) {
            return files.filter(file -> file.getFileName().toString().matches("log_\\d+-\\d+"))
                    .max((one, other) -> Long.compare(end(one), end(other)))
                    .orElseThrow();
        }
    }

    private static long end(Path closed) {
        String name = closed.getFileName().toString();
        return Long.parseLong(name.substring(name.indexOf('-') + 1));
    }

    /** Those of some files that were not forced when they were renamed; an error if one was not renamed at all. */
    private static Set<Path> renamedUnforced(List<Call> calls, Set<Path> files) {
        Map<Integer, Path> handles = new HashMap<>();
        Set<Path> forced = new HashSet<>();
        Set<Path> waiting = new HashSet<>(files);
        Set<Path> unforced = new HashSet<>();
        for (Call call : calls) {
            switch (call.name()) {
                case "openat" -> handles.put((int) call.result(), Path.of(call.text(1)));
                case "fsync", "fdatasync" -> forced.add(handles.getOrDefault(call.descriptor(), Path.of("")));
                case "rename" -> {
                    Path renamed = Path.of(call.text(0));
                    if (waiting.remove(renamed) && !forced.contains(renamed)) {
                        unforced.add(renamed);
                    }
                }
                default -> {}
            }
        }
        assertThat(waiting).as("not renamed").isEmpty();
        return unforced;
    }
}
