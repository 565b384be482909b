package io.weir.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.SegmentWriter.StreamRun;
import io.weir.objecttier.ObjectTier;
import io.weir.objecttier.ObjectTierConfig;
import io.weir.objecttier.file.FileObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Writing a segment of 64 MiB (1,024 batches of 64 KiB in 4 streams) to local files, and reading one stream of it back.
 */
@State(Scope.Benchmark)
@Fork(1)
@BenchmarkMode(Mode.AverageTime)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SegmentBenchmark {
    private static final ShardId SHARD = new ShardId(0);
    private static final int STREAMS = 4;
    private static final int BATCHES_EACH = 256;
    private static final int BATCH_BYTES = 64 << 10;
    private static final int RECORDS = 60;
    private static final int READ_BYTES = 1 << 20;

    private final Path directory;
    private final List<StreamRun> runs = runs();
    private final ObjectTier tier;
    private SegmentView view = SegmentView.empty(SHARD);
    private long index;

    public SegmentBenchmark() {
        try {
            directory = Files.createTempDirectory("weir-segments");
            tier = new ObjectTier(
                    ObjectTierConfig.DEFAULT.withCacheBytes(1 << 20),
                    new FileObjectStore(directory, new NodeId(1)),
                    new SimpleMeterRegistry());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Setup
    public void writeOne() {
        SegmentRef segment = write();
        view = new SegmentView(SHARD, 1, List.of(), List.of(segment));
    }

    private static List<StreamRun> runs() {
        List<StreamRun> runs = new ArrayList<>();
        for (int stream = 0; stream < STREAMS; stream++) {
            List<StoredBatches.Raw> batches = new ArrayList<>();
            for (int i = 0; i < BATCHES_EACH; i++) {
                batches.add(new StoredBatches.Raw((long) i * RECORDS, 0, Batches.batch(BATCH_BYTES, RECORDS)));
            }
            runs.add(new StreamRun(new StreamId(stream), batches));
        }
        return runs;
    }

    /** One segment; the answer has passed fsync. */
    @Benchmark
    public SegmentRef write() {
        index++;
        return tier.write(SHARD, 1, new LogRange(index, index), runs).join();
    }

    /** All batches of one stream, with a cache that is too small to help. */
    @Benchmark
    public long readStream() {
        long offset = 0;
        long bytes = 0;
        long end = (long) BATCHES_EACH * RECORDS;
        while (offset < end) {
            List<StoredBatches> batches = tier.read(view, new StreamId(1), new OffsetRange(offset, end), READ_BYTES)
                    .join();
            for (StoredBatches batch : batches) {
                bytes += batch.sizeBytes();
            }
            offset = batches.getLast().nextOffset();
        }
        return bytes;
    }

    @TearDown
    public void removeAll() throws IOException {
        tier.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
