package io.weir.consensus.ratis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusContract;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract, at a node without a replica of a group of three. */
class WithoutReplicaContractTest extends ConsensusContract {
    private static final NodeId NODE = new NodeId(9);
    /** The contract tells of no entry that is refused since the leader changes. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);

    @TempDir
    private Path directory;

    private @Nullable Peers<JournalState> peers;
    private @Nullable Gateway gateway;

    @Override
    protected Consensus start() throws Exception {
        Peers<JournalState> known = peers;
        if (known == null) {
            known = new Peers<>(directory, 3, JournalState::new)
                    .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT));
            peers = known;
        }
        List<RatisConsensus> nodes = List.of(known.startConsensus(1), known.startConsensus(2), known.startConsensus(3));
        Gateway started = new Gateway(nodes, known.follow(NODE, new SimpleMeterRegistry()), new ConcurrentHashMap<>());
        gateway = started;
        return started;
    }

    @Override
    protected boolean isReady(Leadership leadership) {
        return leadership instanceof Leadership.Following following
                && following.leader().isPresent();
    }

    @Override
    protected PreparedSnapshot prepared(ConsensusGroup of) throws Exception {
        List<PreparedSnapshot> all = new ArrayList<>();
        for (ConsensusGroup replica : Objects.requireNonNull(gateway).replicas(of.name())) {
            LogPosition seen = of.applied();
            Eventually.holds(() -> replica.applied().compareTo(seen) >= 0);
            all.add(replica.prepareSnapshot().get(60, TimeUnit.SECONDS));
        }
        return new OfEach(all);
    }

    /** One of each replica. */
    private record OfEach(List<PreparedSnapshot> all) implements PreparedSnapshot {
        @Override
        public LogPosition position() {
            return all.getFirst().position();
        }

        @Override
        public CompletableFuture<Void> publish() {
            return CompletableFuture.allOf(
                    all.stream().map(PreparedSnapshot::publish).toArray(CompletableFuture<?>[]::new));
        }

        @Override
        public void discard() {
            all.forEach(PreparedSnapshot::discard);
        }
    }

    /** Replicas on three nodes, and a fourth that follows them. */
    private record Gateway(
            List<RatisConsensus> nodes, FollowingConsensus following, Map<String, List<ConsensusGroup>> open)
            implements Consensus {
        @Override
        public ConsensusGroup open(String name, ReplicatedState state) {
            List<ConsensusGroup> replicas = open.computeIfAbsent(name, this::openReplicas);
            Peers.standOrLead(replicas, replicas.getFirst());
            return following.open(name, state);
        }

        private List<ConsensusGroup> openReplicas(String name) {
            return nodes.stream().map(node -> node.open(name, new Unshaken())).toList();
        }

        private List<ConsensusGroup> replicas(String name) {
            return List.copyOf(open.getOrDefault(name, List.of()));
        }

        @Override
        public void close() {
            following.close();
            Peers.closeAll(nodes);
        }
    }
}
