package io.weir.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.RatisConsensus;
import io.weir.contracts.append.AppendResult;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.MetadataConfig;
import io.weir.metadata.MetadataService;
import io.weir.objecttier.ObjectTier;
import io.weir.objecttier.ObjectTierConfig;
import io.weir.objecttier.file.FileObjectStore;
import io.weir.wal.WalConfig;
import io.weir.wal.WalService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Batches through a whole shard: appender, Raft log on this disk with its fsync, apply, and the flush to segments
 * beside it. One caller with a window of unanswered batches.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@OutputTimeUnit(TimeUnit.SECONDS)
public class AppendBenchmark {
    private static final int BATCHES = 1_000;

    @Param({"16384", "65536"})
    private int batchBytes;

    @Param({"1", "200"})
    private int window;

    private final Path directory;
    private final RatisConsensus consensus;
    private final MetadataService metadata;
    private final ObjectTier tier;
    private final WalService wal;
    private final StreamLocation stream;

    public AppendBenchmark() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try {
            directory = Files.createTempDirectory("weir-append");
            tier = new ObjectTier(
                    ObjectTierConfig.DEFAULT, new FileObjectStore(directory.resolve("objects"), new NodeId(1)), meters);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        consensus = new RatisConsensus(ConsensusConfig.defaults(directory.resolve("raft")), meters);
        metadata = new MetadataService(MetadataConfig.of(new NodeId(1), 1), consensus, meters);
        metadata.ready().join();
        wal = new WalService(WalConfig.standard(), consensus, metadata, tier, meters);
        stream = created("t").location(0).orElseThrow();
    }

    private Topic created(String name) {
        return switch (metadata.createTopic(TenantId.DEFAULT, name, 1, Map.of()).join()) {
            case MetadataResult.Accepted<Topic> accepted -> accepted.value();
            case MetadataResult.Rejected<Topic> rejected -> throw new IllegalStateException(rejected.message());
        };
    }

    @Benchmark
    @OperationsPerInvocation(BATCHES)
    public void append() {
        RecordBatch batch = Batches.batch(batchBytes, 16);
        Queue<CompletableFuture<AppendResult>> unanswered = new ArrayDeque<>();
        for (int i = 0; i < BATCHES; i++) {
            if (unanswered.size() == window) {
                committed(unanswered.remove());
            }
            unanswered.add(wal.append(stream, batch));
        }
        unanswered.forEach(AppendBenchmark::committed);
    }

    private static void committed(CompletableFuture<AppendResult> answer) {
        AppendResult result = answer.join();
        if (!(result instanceof AppendResult.Committed)) {
            throw new IllegalStateException("Append was not committed: " + result);
        }
    }

    @TearDown
    public void removeAll() throws IOException {
        wal.close();
        metadata.close();
        consensus.close();
        tier.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
