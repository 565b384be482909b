package io.weir.consensus.ratis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One of several processes that are made to be killed. It says {@code ready}, {@code lead <term>} when it leads, and
 * then {@code ack <number>} for each entry that was applied, in order of application.
 */
final class ClusterChild {
    static final String GROUP = "load";
    static final ConsensusConfig.Limits LIMITS = new ConsensusConfig.Limits(1 << 20, 1 << 20);

    private static final int IN_FLIGHT = 8;
    private static final int SNAPSHOT_EVERY = 211;
    private static final int MOST_ENTRY_BYTES = 20_000;

    private final ConsensusGroup group;
    private final NumberState state;
    private final Random random;
    private final PrintStream out = System.out;

    private ClusterChild(ConsensusGroup group, NumberState state, long seed) {
        this.group = group;
        this.state = state;
        this.random = new Random(seed);
    }

    /** Directory, seed, election timeout in milliseconds, this node, and the ports of nodes 1 to 3. */
    public static void main(String[] args) throws Exception {
        List<Peer> founders = new ArrayList<>();
        for (int i = 4; i < args.length; i++) {
            founders.add(new Peer(new PeerId(new NodeId(i - 3), 1), "127.0.0.1", Integer.parseInt(args[i])));
        }
        int node = Integer.parseInt(args[3]);
        NumberState state = new NumberState();
        ConsensusConfig config = config(Path.of(args[0]), node, founders, Duration.ofMillis(Long.parseLong(args[2])));
        if (Files.notExists(config.directory())) {
            RatisConsensus.found(config);
        }
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open(GROUP, state);
            System.out.println("ready");
            new ClusterChild(group, state, Long.parseLong(args[1]) + node).run();
        }
    }

    static ConsensusConfig config(Path directory, int node, List<Peer> founders, Duration electionTimeout) {
        return ConsensusConfig.defaults(directory)
                .withLimits(GROUP, LIMITS)
                .withElectionTimeout(electionTimeout)
                .withCluster(new Cluster(
                        new NodeId(node), "127.0.0.1", founders.get(node - 1).port(), founders, false));
    }

    private void run() throws Exception {
        while (group.failure().isEmpty()) {
            if (group.leadership() instanceof Leadership.Leading leading) {
                out.println("lead " + leading.term());
                submitWhile(leading);
            }
            LockSupport.parkNanos(1_000_000);
        }
        out.println("failed " + group.failure());
    }

    /**
     * From the number behind the last one applied: this peer has applied whatever was acknowledged by earlier leaders.
     */
    private void submitWhile(Leadership.Leading leading) throws Exception {
        Semaphore room = new Semaphore(IN_FLIGHT);
        AtomicBoolean ended = new AtomicBoolean();
        long next = state.highest() + 1;
        while (!ended.get() && group.leadership().equals(leading)) {
            long number = next++;
            room.acquire();
            if (ended.get()) {
                room.release();
                break;
            }
            CompletableFuture<Submission> submitted =
                    group.submit(NumberState.entry(number, random.nextInt(MOST_ENTRY_BYTES)));
            var _ = submitted.thenAccept(submission -> {
                if (submission instanceof Submission.Applied) {
                    out.println("ack " + number);
                } else {
                    ended.set(true);
                }
                room.release();
            });
            if (number % SNAPSHOT_EVERY == 0) {
                snapshot();
            }
        }
        room.acquire(IN_FLIGHT);
    }

    private void snapshot() {
        CompletableFuture<Void> published = group.prepareSnapshot().thenCompose(PreparedSnapshot::publish);
        var _ = published.exceptionally(failed -> {
            out.println("no-snapshot " + failed);
            return null;
        });
    }
}
