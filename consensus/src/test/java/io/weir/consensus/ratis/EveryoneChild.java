package io.weir.consensus.ratis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * One of several processes that are made to be killed, each of which submits, whoever leads. It says {@code lead
 * <term>} when it leads, and what became of each entry: {@code ack <number>}, {@code no <number>} for one that will
 * never be applied, {@code doubt <number>}.
 */
final class EveryoneChild {
    private static final int IN_FLIGHT = 16;
    private static final int SNAPSHOT_EVERY = 307;
    private static final int MOST_ENTRY_BYTES = 5_000;
    /** Of each start: more than it can submit before it is killed. */
    private static final long NUMBERS = 1_000_000;

    private final ConsensusGroup group;
    private final Random random;
    private final Semaphore room = new Semaphore(IN_FLIGHT);
    private Leadership last = new Leadership.Following();

    private EveryoneChild(ConsensusGroup group, long seed) {
        this.group = group;
        this.random = new Random(seed);
    }

    /** Directory, seed, election timeout in milliseconds, this node, and the ports of nodes 1 to 3. */
    public static void main(String[] args) throws Exception {
        List<Peer> founders = new ArrayList<>();
        for (int i = 4; i < args.length; i++) {
            founders.add(new Peer(new PeerId(new NodeId(i - 3), 1), "127.0.0.1", Integer.parseInt(args[i])));
        }
        int node = Integer.parseInt(args[3]);
        ConsensusConfig config =
                ClusterChild.config(Path.of(args[0]), node, founders, Duration.ofMillis(Long.parseLong(args[2])));
        if (Files.notExists(config.directory())) {
            RatisConsensus.found(config);
        }
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open(ClusterChild.GROUP, new NumberState());
            System.out.println("ready");
            // Of no other process, and of none before this one on this node.
            long first = (System.currentTimeMillis() * ClusterProcesses.COUNT + node - 1) * NUMBERS;
            new EveryoneChild(group, Long.parseLong(args[1]) + node).run(first);
        }
    }

    private void run(long first) throws Exception {
        for (long number = first; group.failure().isEmpty(); number++) {
            sayWhoLeads();
            room.acquire();
            long submitted = number;
            CompletableFuture<Submission> outcome =
                    group.submit(NumberState.entry(number, random.nextInt(MOST_ENTRY_BYTES)));
            var _ = outcome.thenAccept(submission -> {
                switch (submission) {
                    case Submission.Applied _ -> System.out.println("ack " + submitted);
                    case Submission.NotAccepted _ -> System.out.println("no " + submitted);
                    case Submission.Unknown _ -> System.out.println("doubt " + submitted);
                }
                room.release();
            });
            if (outcome.isDone() && !(outcome.join() instanceof Submission.Applied)) {
                LockSupport.parkNanos(10_000_000);
            }
            if (number % SNAPSHOT_EVERY == 0) {
                snapshot();
            }
        }
        System.out.println("failed " + group.failure());
    }

    private void sayWhoLeads() {
        Leadership now = group.leadership();
        if (!now.equals(last) && now instanceof Leadership.Leading(long term)) {
            System.out.println("lead " + term);
        }
        last = now;
    }

    private void snapshot() {
        CompletableFuture<Void> published = group.prepareSnapshot().thenCompose(PreparedSnapshot::publish);
        var _ = published.exceptionally(failed -> {
            System.out.println("no-snapshot " + failed);
            return null;
        });
    }
}
