package io.weir.benchmarks.transport;

import static java.util.Objects.requireNonNull;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Messages between two nodes, no disk: one sender with a window of unanswered ones. Both ends are in this process, so
 * the CPU is that of both.
 */
@State(Scope.Benchmark)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"})
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@OutputTimeUnit(TimeUnit.SECONDS)
public class TransportBenchmark {
    private static final int MESSAGES = 1_000;
    private static final int MOST_BYTES = 4 << 20;
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** What the nodes are connected by. */
    public enum Transport {
        GRPC,
        NETTY
    }

    @Param
    private Transport transport = Transport.GRPC;

    @Param({"1024", "65536", "1048576"})
    private int bytes;

    @Param({"1", "8"})
    private int window;

    private Semaphore unanswered = new Semaphore(0);
    private ByteBuffer message = ByteBuffer.allocate(0);
    private @Nullable Connection connection;

    /** CPU of the process, in microseconds a second: divided by the messages a second, that of a message. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Cpu {
        public long micros;
    }

    @Setup
    public void connect() {
        message = ByteBuffer.allocate(bytes);
        unanswered = new Semaphore(window);
        Semaphore permits = unanswered;
        connection = switch (transport) {
            case GRPC -> new GrpcConnection(MOST_BYTES, permits::release);
            case NETTY -> new NettyConnection(MOST_BYTES, permits::release);
        };
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void send(Cpu cpu) throws InterruptedException {
        long before = SYSTEM.getProcessCpuTime();
        for (int i = 0; i < MESSAGES; i++) {
            unanswered.acquire();
            requireNonNull(connection).send(message.duplicate());
        }
        unanswered.acquire(window);
        unanswered.release(window);
        cpu.micros += TimeUnit.NANOSECONDS.toMicros(SYSTEM.getProcessCpuTime() - before);
    }

    @TearDown
    public void disconnect() {
        requireNonNull(connection).close();
    }
}
