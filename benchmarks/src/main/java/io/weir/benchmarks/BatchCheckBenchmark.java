package io.weir.benchmarks;

import io.weir.contracts.batch.BatchCheck;
import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What admitting one batch costs: header and CRC32C over its bytes. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class BatchCheckBenchmark {
    @Param({"1024", "65536", "1048576"})
    private int sizeBytes;

    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Setup
    public void fill() {
        bytes = Batches.bytes(sizeBytes, 64);
    }

    @Benchmark
    public BatchCheck check() {
        return RecordBatch.check(bytes, RecordBatch.MAX_BYTES);
    }
}
