package io.weir.lakehouse.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.testsupport.object.MemoryObjectStore;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarehouseFilesTest {
    private static final int MEMORY = 64 << 10;
    private static final int READ_AHEAD = 100_000;
    private static final String FILE = "s3://weir/t/data/file.parquet";

    private final MemoryObjectStore store = new MemoryObjectStore();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path staging;

    @SuppressWarnings("NullAway.Init")
    private WarehouseFiles files;

    @BeforeEach
    void open() {
        files = new WarehouseFiles(
                Warehouse.of("weir", ""),
                store,
                new StorageConfig(staging, MEMORY, READ_AHEAD, Duration.ofSeconds(10)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, MEMORY - 1, MEMORY, MEMORY + 1, 4 << 20, (9 << 20) + 17})
    void readsBackWhatWasWrittenInPortionsOfEverySize(int size) throws Exception {
        byte[] content = random(size, size);

        write(FILE, content, new Random(1));

        assertThat(store.bytes(new ObjectKey("t/data/file.parquet"))).isEqualTo(content);
        assertThat(files.newInputFile(FILE).getLength()).isEqualTo(size);
        try (SeekableInputStream in = files.newInputFile(FILE).newStream()) {
            assertThat(in.readAllBytes()).isEqualTo(content);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void showsAFileOnlyWhenItIsWhole() throws Exception {
        try (PositionOutputStream out = files.newOutputFile(FILE).create()) {
            out.write(new byte[MEMORY + 1]);
            out.flush();

            assertThat(files.newInputFile(FILE).exists()).isFalse();
            assertThat(out.getPos()).isEqualTo(MEMORY + 1);
        }

        assertThat(files.newInputFile(FILE).exists()).isTrue();
    }

    @Test
    void leavesNothingOnTheDiskNotEvenWhileItWrites() throws Exception {
        try (PositionOutputStream out = files.newOutputFile(FILE).create()) {
            out.write(new byte[10 * MEMORY]);

            try (Stream<Path> left = Files.list(staging)) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void holdsNoMoreThanItsBoundInMemory() throws Exception {
        try (PositionOutputStream out = files.newOutputFile(FILE).create()) {
            out.write(new byte[MEMORY]);
            out.write(1);

            assertThat(openStagingFiles()).isEqualTo(1);
        }
        assertThat(openStagingFiles()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 3 * MEMORY})
    void refusesAKeyThatIsTaken(int size) throws Exception {
        write(FILE, random(size, 1), new Random(1));
        byte[] other = random(size, 2);

        assertThatThrownBy(() -> write(FILE, other, new Random(1))).isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() -> write(FILE, new byte[size + 1], new Random(1)))
                .isInstanceOf(AlreadyExistsException.class);

        assertThat(store.bytes(new ObjectKey("t/data/file.parquet"))).isEqualTo(random(size, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 3 * MEMORY})
    void takesAnObjectWithTheSameBytesForItsOwn(int size) throws Exception {
        byte[] content = random(size, 1);
        write(FILE, content, new Random(1));

        write(FILE, content, new Random(2));

        assertThat(store.bytes(new ObjectKey("t/data/file.parquet"))).isEqualTo(content);
    }

    @Test
    void saysWhenTheStoreFails() {
        store.failNext(1, Operation.CREATE);

        assertThatThrownBy(() -> write(FILE, new byte[1], new Random(1)))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.OBJECT_STORE_UNAVAILABLE));
    }

    @Test
    void saysWhenTheStoreDoesNotAnswerInTime() {
        files = new WarehouseFiles(
                Warehouse.of("weir", ""), store, new StorageConfig(staging, MEMORY, 1, Duration.ofMillis(1)));
        store.hold(Operation.CREATE);

        assertThatThrownBy(() -> write(FILE, new byte[1], new Random(1)))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.TIMED_OUT));
    }

    @Test
    void takesNothingMoreOnceClosed() throws Exception {
        PositionOutputStream out = files.newOutputFile(FILE).create();
        out.close();
        out.close();

        assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
        assertThat(store.requests(Operation.CREATE)).isEqualTo(1);
    }

    @Test
    void saysThatAFileIsMissing() {
        assertThat(files.newInputFile(FILE).exists()).isFalse();
        assertThatThrownBy(() -> files.newInputFile(FILE).getLength()).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> files.newInputFile(FILE, 10).newStream().read())
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void seeksAnywhereInTheFileAndNoFurther() throws Exception {
        byte[] content = random(500_000, 3);
        write(FILE, content, new Random(1));
        Random random = new Random(4);

        try (SeekableInputStream in = files.newInputFile(FILE, content.length).newStream()) {
            for (int i = 0; i < 200; i++) {
                int at = random.nextInt(content.length + 1);
                int wanted = Math.min(random.nextInt(1, 150_000), content.length - at);
                in.seek(at);
                assertThat(in.getPos()).isEqualTo(at);
                assertThat(in.readNBytes(wanted)).isEqualTo(Arrays.copyOfRange(content, at, at + wanted));
                assertThat(in.getPos()).isEqualTo(at + wanted);
            }
            in.seek(10);
            assertThat(in.skip(Long.MAX_VALUE)).isEqualTo(content.length - 10);
            assertThat(in.skip(-1)).isZero();
            assertThatThrownBy(() -> in.seek(content.length + 1)).isInstanceOf(EOFException.class);
            assertThatThrownBy(() -> in.seek(-1)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void readsRangesAndTails() throws Exception {
        byte[] content = random(1000, 5);
        write(FILE, content, new Random(1));

        try (SeekableInputStream in = files.newInputFile(FILE).newStream()) {
            RangeReadable ranges = (RangeReadable) in;
            byte[] target = new byte[1000];

            ranges.readFully(990, target, 5, 10);
            assertThat(Arrays.copyOfRange(target, 5, 15)).isEqualTo(Arrays.copyOfRange(content, 990, 1000));
            assertThat(ranges.readTail(target, 0, 8)).isEqualTo(8);
            assertThat(Arrays.copyOf(target, 8)).isEqualTo(Arrays.copyOfRange(content, 992, 1000));
            assertThat(ranges.readTail(new byte[2000])).isEqualTo(1000);
            assertThatThrownBy(() -> ranges.readFully(991, target, 0, 10)).isInstanceOf(EOFException.class);
            assertThatThrownBy(() -> ranges.readFully(-1, target, 0, 1)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void readsNothingFromAStreamThatIsClosed() throws Exception {
        write(FILE, new byte[10], new Random(1));
        SeekableInputStream in = files.newInputFile(FILE).newStream();
        in.close();

        assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> in.seek(0)).isInstanceOf(IOException.class);
    }

    @Test
    void fetchesMoreAtOnceTheLongerAReaderGoesStraightOn() throws Exception {
        write(FILE, new byte[1 << 20], new Random(1));
        long before = store.requests(Operation.READ);

        try (SeekableInputStream in = files.newInputFile(FILE, 1 << 20).newStream()) {
            while (in.read(new byte[512], 0, 512) >= 0) {}
        }

        assertThat(store.requests(Operation.READ) - before).isLessThanOrEqualTo(13);
    }

    @Test
    void listsAndDeletesWhatIsBelowADirectory() {
        IntStream.range(0, 2_100).forEach(i -> create("t/data/f" + i, i % 7));
        create("t/database", 0);
        create("t/dat", 0);

        List<FileInfo> found = StreamSupport.stream(
                        files.listPrefix("s3://weir/t/data").spliterator(), false)
                .toList();
        assertThat(found)
                .hasSize(2_100)
                .allSatisfy(file -> assertThat(file.location()).startsWith("s3://weir/t/data/f"));
        assertThat(found.stream().mapToLong(FileInfo::size).max()).hasValue(6);

        files.deletePrefix("s3://weir/t/data");

        assertThat(store.objects()).containsExactly(new ObjectKey("t/dat"), new ObjectKey("t/database"));
    }

    @Test
    void listsAWholeNumberOfPages() {
        IntStream.range(0, 1_000).forEach(i -> create("t/f" + i, 0));

        assertThat(files.listPrefix("s3://weir/t")).hasSize(1_000);
        assertThat(files.listPrefix("s3://weir/nothing")).isEmpty();
    }

    @Test
    void deletesFilesThatMayBeGoneAlready() {
        IntStream.range(0, 1_001).forEach(i -> create("t/f" + i, 0));

        files.deleteFiles(
                IntStream.range(0, 1_100).mapToObj(i -> "s3://weir/t/f" + i).toList());
        files.deleteFile("s3://weir/t/f1");

        assertThat(store.objects()).isEmpty();
    }

    @Test
    void neverLeavesTheWarehouse() {
        assertThatThrownBy(() -> files.newInputFile("s3://other/x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> files.newOutputFile("file:///etc/passwd"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> files.deletePrefix("s3://weir")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void cannotTravelToAnotherMachine() {
        assertThatThrownBy(() -> new ObjectOutputStream(OutputStream.nullOutputStream()).writeObject(files))
                .isInstanceOf(java.io.NotSerializableException.class);
    }

    private void create(String key, int size) {
        assertThat(store.create(new ObjectKey(key), List.of(ByteBuffer.allocate(size))))
                .isCompletedWithValue(true);
    }

    private void write(String location, byte[] content, Random portions) throws IOException {
        try (PositionOutputStream out = files.newOutputFile(location).createOrOverwrite()) {
            int at = 0;
            while (at < content.length) {
                int portion = Math.min(content.length - at, portions.nextInt(1, 40_000));
                if (portion == 1) {
                    out.write(content[at]);
                } else {
                    out.write(content, at, portion);
                }
                at += portion;
                assertThat(out.getPos()).isEqualTo(at);
            }
        }
    }

    /** Counted through the process's descriptors, because the files have no names. */
    private long openStagingFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(this::isStaged).count();
        }
    }

    private boolean isStaged(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith(staging.toString());
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private static byte[] random(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
