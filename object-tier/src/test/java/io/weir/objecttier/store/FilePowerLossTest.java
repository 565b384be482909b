package io.weir.objecttier.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore.ListedObject;
import io.weir.objecttier.file.FileObjectStore;
import io.weir.testsupport.power.DiskAfterPowerLoss;
import io.weir.testsupport.power.SystemCallTrace;
import io.weir.testsupport.power.SystemCallTrace.Call;
import io.weir.testsupport.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cuts the power at moments of a traced run of the file store, and looks for what it had promised by then. */
class FilePowerLossTest {
    private static final int OBJECTS = 80;
    private static final int CUTS = 120;
    /** Each of many calls waits for the disk, and for the tracer. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static final String CREATED = "created ";
    private static final String DELETING = "deleting ";
    private static final long SEED = Long.getLong("weir.seed", 20261121);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path scratch;

    @SuppressWarnings("NullAway.Init")
    private Path disk;

    @SuppressWarnings("NullAway.Init")
    private List<Call> calls;

    @BeforeEach
    void traceARun() throws IOException {
        assumeTrue(SystemCallTrace.isPossible(), "strace is not installed");
        disk = Files.createDirectory(scratch.resolve("disk")).toRealPath();
        Path trace = scratch.resolve("trace");
        List<String> words = new ArrayList<>(SystemCallTrace.tracer(trace));
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FileStoreChild.class.getName(),
                disk.resolve("not/there/yet").toString(),
                Long.toString(SEED),
                Integer.toString(OBJECTS)));
        assertThat(Command.of(words).within(LIMIT).run().succeeded().lines()).hasSizeGreaterThan(OBJECTS);
        calls = SystemCallTrace.read(trace);
    }

    @Test
    void aCreatedObjectSurvivesPowerLossAndNoneIsTorn() throws IOException {
        for (Cut cut : cuts()) {
            DiskAfterPowerLoss after = DiskAfterPowerLoss.at(cut.line(), calls, disk);

            assertThat(broken(after, cut)).as(cut.toString()).isEmpty();
        }
    }

    @Test
    void theSameCheckCondemnsAStoreThatForcesNoDirectory() throws IOException {
        int condemned = 0;
        for (Cut cut : cuts()) {
            DiskAfterPowerLoss after = DiskAfterPowerLoss.withoutDirectorySyncs(cut.line(), calls, disk);

            condemned += broken(after, cut).isEmpty() ? 0 : 1;
        }
        assertThat(condemned).isGreaterThan(CUTS / 2);
    }

    /** @param seed what survives of that which is not certain; even: nothing */
    private record Cut(int line, long seed) {}

    private List<Cut> cuts() {
        Random random = new Random(SEED);
        List<Integer> points = DiskAfterPowerLoss.syncPoints(calls, disk);
        assertThat(points).hasSizeGreaterThan(10 * OBJECTS);
        List<Cut> cuts = new ArrayList<>();
        for (int i = 0; i < CUTS; i++) {
            cuts.add(new Cut(points.get(random.nextInt(points.size())), i));
        }
        return cuts;
    }

    /** Opens what is left, and returns what is not as promised. */
    private List<String> broken(DiskAfterPowerLoss after, Cut cut) throws IOException {
        Path left = Files.createTempDirectory(scratch, "left");
        if (cut.seed() % 2 == 0) {
            after.writeCertain(left);
        } else {
            after.writeSome(left, new Random(cut.seed()));
        }
        Set<ObjectKey> promised = promised(cut.line());
        List<String> broken = new ArrayList<>();
        try (FileObjectStore store = new FileObjectStore(left.resolve("not/there/yet"), new NodeId(1))) {
            for (ListedObject listed : store.list("", null, 1000).join()) {
                ByteBuffer bytes =
                        store.read(listed.key(), 0, (int) listed.sizeBytes()).join();
                if (!bytes.equals(ByteBuffer.wrap(FileStoreChild.content(listed.key())))) {
                    broken.add("torn: " + listed.key());
                }
                promised.remove(listed.key());
            }
            promised.forEach(key -> broken.add("lost: " + key));
            ObjectKey another = new ObjectKey("f/f/another-10");
            if (!store.create(another, List.of(ByteBuffer.wrap(FileStoreChild.content(another))))
                    .join()) {
                broken.add("not to be created: " + another);
            }
        }
        return broken;
    }

    /** What had been created, and not been doomed, when a line was reached. */
    private Set<ObjectKey> promised(int line) {
        Set<ObjectKey> promised = new HashSet<>();
        Set<ObjectKey> doomed = new HashSet<>();
        for (Call call : calls) {
            if (call.start() < line && call.name().equals("write") && call.descriptor() == 1) {
                call.text(1).lines().forEach(said -> {
                    if (said.startsWith(CREATED)) {
                        promised.add(new ObjectKey(said.substring(CREATED.length())));
                    } else if (said.startsWith(DELETING)) {
                        doomed.add(new ObjectKey(said.substring(DELETING.length())));
                    }
                });
            }
        }
        promised.removeAll(doomed);
        return promised;
    }
}
