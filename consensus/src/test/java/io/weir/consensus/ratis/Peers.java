package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.Admissions;
import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.process.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.Elections;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * Several nodes in one process, each with a directory and a port of its own, that keep one group together.
 *
 * @param <S> the group's state on each node
 */
final class Peers<S extends ReplicatedState> implements AutoCloseable {
    static final String GROUP = "journal";
    /** Long enough for three nodes on two busy cores. */
    static final Duration ELECTION_TIMEOUT = Duration.ofMillis(500);

    private final Path directory;
    private final Supplier<S> newState;
    private final List<Peer> founders = new ArrayList<>();
    private final Map<Integer, RatisConsensus> running = new TreeMap<>();
    private final Map<Integer, ConsensusGroup> groups = new TreeMap<>();
    /** Of the founders. */
    private final List<Integer> ports = new ArrayList<>();

    private final Set<Integer> founded = new HashSet<>();
    private final Map<Integer, S> states = new TreeMap<>();
    private final Map<Integer, MeterRegistry> meters = new TreeMap<>();
    private Function<ConsensusConfig, ConsensusConfig> adjusted =
            config -> config.withLimits(GROUP, new ConsensusConfig.Limits(1 << 20, 1 << 18));

    Peers(Path directory, int count, Supplier<S> newState) throws IOException {
        this.directory = directory;
        this.newState = newState;
        for (int node = 1; node <= count; node++) {
            int port = FreePorts.next();
            ports.add(port);
            founders.add(new Peer(new PeerId(new NodeId(node), 1), "127.0.0.1", port));
        }
    }

    /** What the next nodes are started with. */
    Peers<S> with(Function<ConsensusConfig, ConsensusConfig> change) {
        adjusted = change;
        return this;
    }

    /** Besides what else they are started with. */
    Peers<S> withElectionTimeout(Duration timeout) {
        Function<ConsensusConfig, ConsensusConfig> before = adjusted;
        return with(config -> before.apply(config).withElectionTimeout(timeout));
    }

    /** The others reach a founder by another port than its own. Before anybody is started. */
    void reach(int node, int port) {
        Peer founder = founders.get(node - 1);
        founders.set(node - 1, new Peer(founder.id(), founder.host(), port));
    }

    List<Peer> founders() {
        return founders;
    }

    /** What its directory is in. */
    Path diskOf(int node) {
        return directory.resolve("disk-" + node);
    }

    Path directoryOf(int node) {
        return diskOf(node).resolve("raft");
    }

    void startAll() {
        for (int node = 1; node <= founders.size(); node++) {
            start(node);
        }
    }

    ConsensusGroup start(int node) {
        return start(node, ports.get(node - 1), founders);
    }

    /**
     * Gives a node what it begins with, before its first start.
     *
     * @param incarnation of every founder
     */
    void seed(int node, long incarnation, GroupSeed seed) {
        List<Peer> renamed = founders.stream()
                .map(peer -> new Peer(new PeerId(peer.id().node(), incarnation), peer.host(), peer.port()))
                .toList();
        ConsensusConfig config = configOf(node, ports.get(node - 1), renamed);
        SeededGroups.write(config, List.of(seed)).publish();
        founded.add(node);
    }

    /** A node that is named as a founder, and was not made one. */
    ConsensusGroup startEmpty(int node) {
        founded.add(node);
        return start(node);
    }

    /** A node that is no founder. */
    ConsensusGroup join(int node, int port) {
        return start(node, port, List.of());
    }

    /** A node that is no founder, and knows them. */
    ConsensusGroup joinKnowing(int node, int port) {
        List<Peer> all = new ArrayList<>(founders);
        all.add(new Peer(new PeerId(new NodeId(node), 1), "127.0.0.1", port));
        founded.add(node);
        return start(node, port, all);
    }

    /** Of every node that runs now. */
    void admit(Admissions admissions) {
        running.values().forEach(consensus -> consensus.admit(admissions));
    }

    /** A founder without its group. */
    RatisConsensus startConsensus(int node) {
        return startConsensus(node, ports.get(node - 1), founders);
    }

    ConsensusConfig configOf(int node) {
        return configOf(node, ports.get(node - 1), founders);
    }

    private ConsensusConfig configOf(int node, int port, List<Peer> others) {
        return ConsensusConfig.defaults(directoryOf(node))
                .withElectionTimeout(ELECTION_TIMEOUT)
                .withCluster(new Cluster(new NodeId(node), "127.0.0.1", port, others, false));
    }

    /** A node that keeps no group. */
    FollowingConsensus follow(NodeId node, MeterRegistry registry) {
        return follow(node, founders, registry);
    }

    /** One that is told of others than the founders. */
    FollowingConsensus follow(NodeId node, List<Peer> first, MeterRegistry registry) {
        ConsensusConfig config =
                ConsensusConfig.defaults(directoryOf(node.value())).withElectionTimeout(ELECTION_TIMEOUT);
        return new FollowingConsensus(node, adjusted.apply(config), group -> first, registry);
    }

    private RatisConsensus startConsensus(int node, int port, List<Peer> others) {
        ConsensusConfig config = configOf(node, port, others);
        if (!others.isEmpty() && founded.add(node)) {
            RatisConsensus.found(config);
        }
        MeterRegistry registry = new SimpleMeterRegistry();
        meters.put(node, registry);
        RatisConsensus consensus = new RatisConsensus(adjusted.apply(config), registry);
        running.put(node, consensus);
        return consensus;
    }

    private ConsensusGroup start(int node, int port, List<Peer> others) {
        RatisConsensus consensus = startConsensus(node, port, others);
        S state = newState.get();
        states.put(node, state);
        ConsensusGroup group = consensus.open(GROUP, state);
        groups.put(node, group);
        return group;
    }

    void stop(int node) {
        RatisConsensus consensus = running.remove(node);
        groups.remove(node);
        if (consensus != null) {
            consensus.close();
        }
    }

    ConsensusGroup group(int node) {
        return Optional.ofNullable(groups.get(node)).orElseThrow();
    }

    /** The library's part of a node's group. */
    RaftServer.Division division(int node) throws IOException {
        GroupMachine machine = Optional.ofNullable(((RatisGroup) group(node)).running())
                .orElseThrow()
                .machine();
        return machine.getServer().join().getDivision(machine.getGroupId());
    }

    /** What the library calls a founder. */
    RaftPeerId nameOf(int node) {
        return RaftPeerId.valueOf(founders.get(node - 1).id().toString());
    }

    /** A founder that follows leads at once, though the others hear from another leader. */
    void stand(int node) throws IOException {
        standUntil(node, () -> group(node).leadership() instanceof Leadership.Leading);
    }

    /** One that is to be elected at once; not while it lacks what most have: it would only keep others from leading. */
    void standUntil(int node, BooleanSupplier condition) throws IOException {
        RaftServer.Division division = division(node);
        List<RaftServer.Division> others = new ArrayList<>();
        for (int other : nodes()) {
            if (other != node) {
                others.add(division(other));
            }
        }
        Eventually.holds(() -> {
            long votes = 1 + others.stream().filter(it -> isAsFar(division, it)).count();
            if (votes > founders.size() / 2) {
                Elections.stand(division);
            }
            return condition.getAsBoolean();
        });
    }

    private static boolean isAsFar(RaftServer.Division division, RaftServer.Division as) {
        TermIndex last = as.getRaftLog().getLastEntryTermIndex();
        TermIndex own = division.getRaftLog().getLastEntryTermIndex();
        return last == null || (own != null && own.compareTo(last) >= 0);
    }

    MeterRegistry meters(int node) {
        return Optional.ofNullable(meters.get(node)).orElseThrow();
    }

    S state(int node) {
        return Optional.ofNullable(states.get(node)).orElseThrow();
    }

    GroupMembership membership(int node) {
        return group(node).membership().orElseThrow();
    }

    /** The nodes that run. */
    List<Integer> nodes() {
        return List.copyOf(running.keySet());
    }

    /** Waits until one of the running nodes leads. */
    int leader() {
        CompletableFuture<Integer> leader = new CompletableFuture<>();
        Eventually.holds(() -> {
            groups.forEach((node, group) -> {
                if (group.leadership() instanceof Leadership.Leading) {
                    leader.complete(node);
                }
            });
            return leader.isDone();
        });
        return leader.join();
    }

    private static Optional<ConsensusGroup> leading(Collection<ConsensusGroup> groups) {
        return groups.stream()
                .filter(each -> each.leadership() instanceof Leadership.Leading)
                .findFirst();
    }

    void lead(int node) {
        lead(groups.values(), group(node));
    }

    /** Has one of a group's peers lead: at once where nobody does, and it has what all others have. */
    static void standOrLead(Collection<ConsensusGroup> peers, ConsensusGroup wanted) {
        RaftServer.Division division = divisionOf(wanted);
        Eventually.holds(() -> {
            boolean isLed = leading(peers).isPresent();
            if (!isLed && peers.stream().allMatch(it -> isAsFar(division, divisionOf(it)))) {
                Elections.stand(division);
            }
            return isLed;
        });
        lead(peers, wanted);
    }

    private static RaftServer.Division divisionOf(ConsensusGroup group) {
        return Optional.ofNullable(((RatisGroup) group).running()).orElseThrow().division();
    }

    /** Has one of a group's peers lead, however often it must be asked for on a busy machine. */
    static void lead(Collection<ConsensusGroup> peers, ConsensusGroup wanted) {
        PeerId self = wanted.membership().orElseThrow().self();
        Eventually.holds(() -> {
            leading(peers)
                    .filter(leader -> !leader.equals(wanted))
                    .ifPresent(leader -> assertThat(
                                    leader.membership().orElseThrow().transferTo(self))
                            .succeedsWithin(60, TimeUnit.SECONDS));
            return wanted.leadership() instanceof Leadership.Leading;
        });
    }

    @Override
    public void close() {
        stopAll();
    }

    void stopAll() {
        closeAll(running.values());
        running.clear();
        groups.clear();
    }

    /** At the same time: each waits for threads of its own to end. */
    static void closeAll(Collection<RatisConsensus> nodes) {
        try (ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<?>[] ends = nodes.stream()
                    .map(node -> CompletableFuture.runAsync(node::close, closing))
                    .toArray(CompletableFuture<?>[]::new);
            assertThat(CompletableFuture.allOf(ends)).succeedsWithin(60, TimeUnit.SECONDS);
        }
    }
}
