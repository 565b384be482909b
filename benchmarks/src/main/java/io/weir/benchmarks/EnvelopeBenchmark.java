package io.weir.benchmarks;

import io.weir.contracts.batch.RecordBatch;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The envelope around 64 batches of 16 KiB: what encoding it on submit, and decoding it on apply, cost per batch. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.SECONDS)
public class EnvelopeBenchmark {
    private static final int BATCHES = 64;

    private final RecordBatch batch = Batches.batch(16 << 10, 16);
    private final List<ByteBuffer> entry = encode();

    @Benchmark
    @OperationsPerInvocation(BATCHES)
    public List<ByteBuffer> encode() {
        AppendEncoder encoder = EntryCodec.append(1, 1, 0);
        for (int i = 0; i < BATCHES; i++) {
            encoder.add(i % 4, 0, batch);
        }
        return encoder.encode();
    }

    @Benchmark
    @OperationsPerInvocation(BATCHES)
    public DecodedEntry decode() {
        return EntryCodec.decode(entry);
    }
}
