package io.weir.testsupport.consensus;

import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.PeerStanding;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Raft groups of several nodes in memory: one log each, and one leader of all. A node that follows hands entries on,
 * and asks the leader for its barriers, as the port promises. Nodes can lag, or be cut off.
 *
 * <p>There are no elections ({@link #lead} says who leads), no snapshots, and no entries that get lost: for those there
 * is {@link SimulatedConsensus}.
 *
 * <p>Threading: any thread; one thread of its own applies entries and completes futures, in order.
 */
public final class SimulatedCluster implements AutoCloseable {
    private final Map<String, Log> logs = new HashMap<>();
    private final Set<NodeId> cutOff = new HashSet<>();
    private final Set<NodeId> lagging = new HashSet<>();
    private final Map<NodeId, Runnable> meanwhile = new ConcurrentHashMap<>();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("simulated-cluster").factory());
    private Optional<Leader> leader = Optional.empty();
    private long term;

    /** Written by the worker only. */
    private static final class Log {
        final List<Entry> entries = new ArrayList<>();
        final Map<NodeId, Replica> replicas = new HashMap<>();
    }

    private record Entry(LogPosition position, List<ByteBuffer> bytes, NodeId submitter, long number) {}

    /** The node's part in all groups; each of its groups may be open once. */
    public Consensus node(NodeId node) {
        return new Consensus() {
            private final List<Replica> opened = new ArrayList<>();

            @Override
            public ConsensusGroup open(String name, ReplicatedState state) {
                Replica replica = new Replica(name, node, state);
                opened.add(replica);
                worked(() -> {
                    state.reset();
                    logs.computeIfAbsent(name, absent -> new Log()).replicas.put(node, replica);
                    replica.catchUp();
                    replica.see();
                });
                return replica;
            }

            @Override
            public void close() {
                opened.forEach(Replica::close);
            }
        };
    }

    /** The node leads from now on, in a new term, and those that are not cut off know it. */
    public void lead(NodeId node) {
        worked(() -> {
            leader = Optional.of(new Leader(node, ++term));
            everyReplica(Replica::catchUp);
            everyReplica(Replica::see);
        });
    }

    /**
     * Something happens the next time that the node asks one of its groups who leads: after that was looked up, and
     * before it is told.
     *
     * @return completes once it has happened
     */
    public CompletableFuture<Void> onceAskedWhoLeads(NodeId node, Runnable happens) {
        CompletableFuture<Void> happened = new CompletableFuture<>();
        meanwhile.put(node, () -> {
            happens.run();
            happened.complete(null);
        });
        return happened;
    }

    /** Nobody leads from now on. */
    public void loseLeader() {
        worked(() -> {
            leader = Optional.empty();
            everyReplica(Replica::see);
        });
    }

    /** The node hears nothing and is not heard; it still believes in the leader that it knew, but for itself. */
    public void cutOff(NodeId node) {
        worked(() -> {
            cutOff.add(node);
            everyReplica(Replica::see);
        });
    }

    /** The node hears of everything that it has missed. */
    public void reconnect(NodeId node) {
        worked(() -> {
            cutOff.remove(node);
            everyReplica(Replica::catchUp);
            everyReplica(Replica::see);
        });
    }

    /** The node applies nothing from now on, though it is told. */
    public void lag(NodeId node) {
        worked(() -> lagging.add(node));
    }

    /** The node applies what it was told meanwhile. */
    public void catchUp(NodeId node) {
        worked(() -> {
            lagging.remove(node);
            everyReplica(Replica::catchUp);
        });
    }

    /** How many entries the group has. */
    public int entries(String group) {
        CompletableFuture<Integer> size = new CompletableFuture<>();
        worked(() -> {
            Log log = logs.get(group);
            size.complete(log == null ? 0 : log.entries.size());
        });
        return size.join();
    }

    private void everyReplica(java.util.function.Consumer<Replica> work) {
        logs.values().forEach(log -> List.copyOf(log.replicas.values()).forEach(work));
    }

    /** Returns once the work is done. */
    private void worked(Runnable work) {
        CompletableFuture.runAsync(work, worker).join();
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }

    /** Who takes part never changes. */
    private record FixedMembership(NodeId node) implements GroupMembership {
        @Override
        public PeerId self() {
            return new PeerId(node, 1);
        }

        @Override
        public List<Peer> peers() {
            return List.of();
        }

        @Override
        public List<PeerStanding> standings() {
            return List.of();
        }

        @Override
        public CompletableFuture<MembershipChange> add(Peer peer) {
            return refused();
        }

        @Override
        public CompletableFuture<MembershipChange> remove(PeerId peer) {
            return refused();
        }

        @Override
        public CompletableFuture<MembershipChange> transferTo(PeerId peer) {
            return refused();
        }

        private static CompletableFuture<MembershipChange> refused() {
            return CompletableFuture.completedFuture(new MembershipChange.Refused("The cluster is simulated"));
        }
    }

    private static ServiceException noLeader() {
        return new ServiceException(FailureCode.NOT_LEADER, "No leader can be reached");
    }

    /** One node's part in one group. Its fields belong to the worker, but for the volatile ones. */
    private final class Replica implements ConsensusGroup {
        private final String name;
        private final NodeId node;
        private final ReplicatedState state;
        private final Map<Long, CompletableFuture<Submission>> waiting = new HashMap<>();
        private final ArrayDeque<Barrier> barriers = new ArrayDeque<>();
        private long numbers;
        private int next;
        private volatile LogPosition applied = LogPosition.NONE;
        private volatile Leadership leadership = new Leadership.Following();
        private volatile boolean closed;

        private record Barrier(int upTo, CompletableFuture<Void> passed) {}

        Replica(String name, NodeId node, ReplicatedState state) {
            this.name = name;
            this.node = node;
            this.state = state;
        }

        private Log log() {
            Log log = logs.get(name);
            if (log == null) {
                throw new IllegalStateException("Group " + name + " was never open");
            }
            return log;
        }

        private boolean reachesTheLeader() {
            return !closed
                    && leader.isPresent()
                    && !cutOff.contains(node)
                    && !cutOff.contains(leader.get().node());
        }

        void see() {
            Leadership now = seen();
            if (!closed && !now.equals(leadership)) {
                leadership = now;
                state.leadershipChanged(now);
            }
        }

        private Leadership seen() {
            boolean led = leadership instanceof Leadership.Leading;
            if (cutOff.contains(node)) {
                return led ? new Leadership.Following() : leadership;
            }
            Optional<Leader> known = leader.filter(now -> !cutOff.contains(now.node()));
            return known.isPresent() && known.get().node().equals(node)
                    ? new Leadership.Leading(known.get().term())
                    : new Leadership.Following(known);
        }

        void catchUp() {
            if (closed || cutOff.contains(node) || lagging.contains(node)) {
                return;
            }
            List<Entry> entries = log().entries;
            while (next < entries.size()) {
                Entry entry = entries.get(next++);
                Object reply = state.apply(entry.position(), entry.bytes());
                applied = entry.position();
                CompletableFuture<Submission> mine =
                        entry.submitter().equals(node) ? waiting.remove(entry.number()) : null;
                if (mine != null) {
                    mine.complete(new Submission.Applied(entry.position(), reply));
                }
            }
            while (!barriers.isEmpty() && barriers.getFirst().upTo() <= next) {
                barriers.removeFirst().passed().complete(null);
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Leadership leadership() {
            Leadership told = leadership;
            Runnable happens = meanwhile.remove(node);
            if (happens != null) {
                happens.run();
            }
            return told;
        }

        @Override
        public LogPosition applied() {
            return applied;
        }

        @Override
        public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
            return submit(entry, () -> true);
        }

        @Override
        public CompletableFuture<Submission> submit(List<ByteBuffer> entry, long wanted) {
            return submit(entry, () -> leader.equals(Optional.of(new Leader(node, wanted))));
        }

        private CompletableFuture<Submission> submit(List<ByteBuffer> entry, BooleanSupplier allowed) {
            CompletableFuture<Submission> outcome = new CompletableFuture<>();
            List<ByteBuffer> bytes =
                    entry.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
            enqueue(outcome, () -> {
                if (!reachesTheLeader() || !allowed.getAsBoolean()) {
                    outcome.complete(new Submission.NotAccepted(FailureCode.NOT_LEADER, "No leader can be reached"));
                    return;
                }
                Log log = log();
                LogPosition position = new LogPosition(term, log.entries.size());
                waiting.put(++numbers, outcome);
                log.entries.add(new Entry(position, bytes, node, numbers));
                List.copyOf(log.replicas.values()).forEach(Replica::catchUp);
            });
            return outcome;
        }

        @Override
        public CompletableFuture<Void> barrier() {
            CompletableFuture<Void> passed = new CompletableFuture<>();
            enqueue(passed, () -> {
                if (!reachesTheLeader()) {
                    passed.completeExceptionally(noLeader());
                    return;
                }
                Log log = log();
                Replica asked = log.replicas.get(leader.orElseThrow().node());
                if (asked == null || asked.closed) {
                    passed.completeExceptionally(noLeader());
                    return;
                }
                if (asked != this) {
                    asked.state.heardFrom(node);
                }
                barriers.add(new Barrier(log.entries.size(), passed));
                catchUp();
            });
            return passed;
        }

        private void enqueue(CompletableFuture<?> outcome, Runnable work) {
            try {
                worker.execute(work);
            } catch (RejectedExecutionException over) {
                outcome.completeExceptionally(new ServiceException(FailureCode.SHUTTING_DOWN, "The cluster is closed"));
            }
        }

        @Override
        public List<ByteBuffer> read(long index) {
            throw new UnsupportedOperationException("Nothing is read back here");
        }

        @Override
        public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.OVERLOADED, "There are no snapshots here"));
        }

        @Override
        public CompletableFuture<LogPosition> copyState(OutputStream target) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.OVERLOADED, "There are no copies here"));
        }

        @Override
        public long logBytes() {
            return 0;
        }

        @Override
        public Optional<GroupMembership> membership() {
            return Optional.of(new FixedMembership(node));
        }

        @Override
        public Optional<String> failure() {
            return Optional.empty();
        }

        /** The log outlives it: opened again, the node replays it. */
        @Override
        public void close() {
            closed = true;
            if (!worker.isShutdown()) {
                worked(() -> {
                    @Nullable Log log = logs.get(name);
                    if (log != null) {
                        log.replicas.remove(node, this);
                    }
                    waiting.values().forEach(outcome -> outcome.complete(new Submission.Unknown("closed")));
                    waiting.clear();
                    barriers.forEach(barrier -> barrier.passed().completeExceptionally(noLeader()));
                    barriers.clear();
                });
            }
        }
    }
}
