package io.weir.consensus.ratis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.Submission;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * A process under load that is made to be killed. It says {@code ready}, then {@code ack <number>} for each entry that
 * was applied, in order of application.
 */
final class CrashChild {
    private static final int IN_FLIGHT = 8;

    private CrashChild() {}

    /** Directory, seed, number of entries (0: without end), segment bytes. */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        Random random = new Random(Long.parseLong(args[1]));
        long entries = Long.parseLong(args[2]);
        ConsensusConfig config = ConsensusConfig.defaults(directory)
                .withLimits("load", new ConsensusConfig.Limits(1 << 20, Integer.parseInt(args[3])));
        NumberState state = new NumberState();
        PrintStream out = System.out;
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("load", state);
            out.println("ready");
            Semaphore room = new Semaphore(IN_FLIGHT);
            long from = state.highest() + 1;
            for (long number = from; entries == 0 || number < from + entries; number++) {
                long submitted = number;
                room.acquire();
                CompletableFuture<Submission> unused = group.submit(NumberState.entry(number, random.nextInt(40_000)))
                        .whenComplete((submission, impossible) -> {
                            if (submission instanceof Submission.Applied) {
                                out.println("ack " + submitted);
                            }
                            room.release();
                        });
                if (unused.isCompletedExceptionally() || number % 97 == 0) {
                    group.prepareSnapshot()
                            .thenCompose(PreparedSnapshot::publish)
                            .join();
                }
            }
            room.acquire(IN_FLIGHT);
        }
        out.println("done");
    }
}
