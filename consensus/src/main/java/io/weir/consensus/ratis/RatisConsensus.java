package io.weir.consensus.ratis;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.consensus.Admissions;
import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.Doubt;
import io.weir.consensus.log.Durable;
import io.weir.consensus.log.LogSalvage;
import io.weir.consensus.log.LogScrub;
import io.weir.consensus.ratis.follow.FollowService;
import io.weir.consensus.ratis.follow.ReplicaSide;
import io.weir.consensus.ratis.forward.ForwardService;
import io.weir.consensus.ratis.forward.LeaderSide;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.FailedUpdater;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.apache.ratis.util.AwaitToRun;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Raft groups of this process on one server of the library: each of this one peer, or of peers in several processes
 * (ADR 7).
 *
 * <p>Threading: any thread. Groups are opened one after another.
 *
 * <p>Durability: an entry is applied after its bytes, the name of its file and the term it was written in are fsynced.
 */
public final class RatisConsensus implements Consensus {
    private static final Logger LOG = LoggerFactory.getLogger(RatisConsensus.class);
    /** Longer than any outage that ADR 7 measured. */
    private static final int PATIENCE_ELECTION_TIMEOUTS = 20;
    /** Connections to a peer of whom nobody has heard for so long are made anew. */
    private static final int STALE_ELECTION_TIMEOUTS = 20;
    /** But not sooner: nobody hears of a follower that forces the last part of a large snapshot to its disk. */
    private static final Duration STALE_AT_LEAST = Duration.ofSeconds(15);
    /** A peer that has not answered for so long is said to be away. */
    private static final int AWAY_ELECTION_TIMEOUTS = 6;

    private static final Duration MOST_PATIENCE = Duration.ofSeconds(30);
    /** For parts that others are closing; each takes a second, mostly. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private static final Duration CLOSE_LOOKS = Duration.ofMillis(5);
    private static final int NEWS_PER_ELECTION_TIMEOUT = 2;
    private static final RaftPeerId ALONE = RaftPeerId.valueOf("weir-1");

    private final ConsensusConfig config;
    private final MeterRegistry meters;
    private final RatisSettings settings;
    private final Optional<PeerIdentity> identity;
    private final Optional<PeerId> self;
    private final RaftPeerId selfId;
    private final RaftServer server;
    private final @Nullable Reconnecting reconnecting;
    private final StartedGroups started;
    private final PeerChannels channels = new PeerChannels();
    private final PeersAway away;
    private final FileChannel lockFile;
    private final Map<String, RatisGroup> groups = new ConcurrentHashMap<>();
    private final Map<RaftGroupId, GroupMachine> machines = new ConcurrentHashMap<>();
    private final Object turns = new Object();
    private final GroupOpening opening;
    private @Nullable LogScrub scrub;
    private boolean closed;
    private volatile Admissions admissions = Admissions.RETURNS_ONLY;

    /**
     * Starts the server without any group.
     *
     * @throws ServiceException when the directory is in use by another process, or cannot be written
     */
    public RatisConsensus(ConsensusConfig config, MeterRegistry meters) {
        this(config, meters, InstantSource.system());
    }

    /** With a clock that numbers a new replica of this node. */
    RatisConsensus(ConsensusConfig config, MeterRegistry meters, InstantSource clock) {
        this.config = config;
        this.meters = meters;
        this.settings = new RatisSettings(config);
        this.started = new StartedGroups(
                new ForwardService(this::ledGroup),
                new FollowService(this::replicaOf, config.electionTimeout().dividedBy(NEWS_PER_ELECTION_TIMEOUT)));
        Parameters parameters = new Parameters();
        GrpcConfigKeys.Server.setServicesCustomizer(parameters, started);
        try {
            Quarantine.setAside(config.directory());
            Durable.createDirectories(config.directory());
            this.lockFile = locked(config.directory());
        } catch (IOException e) {
            throw cannotStart(e);
        }
        try {
            this.identity = config.cluster().isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            PeerIdentity.of(config.directory(), config.cluster().get(), clock));
            this.self = identity.map(PeerIdentity::id);
            this.selfId = self.map(id -> RaftPeerId.valueOf(id.toString())).orElse(ALONE);
            this.away = new PeersAway(selfId, config.electionTimeout().multipliedBy(AWAY_ELECTION_TIMEOUTS));
            this.server = RaftServer.newBuilder()
                    .setServerId(selfId)
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .setProperties(settings.properties())
                    .setParameters(parameters)
                    .setStateMachineRegistry(machines::get)
                    .build();
            this.opening = new GroupOpening(config, settings, identity, server, started, machines, turns);
            this.reconnecting = config.cluster().isEmpty() ? null : listening();
        } catch (IOException | RuntimeException e) {
            try (lockFile) {
                throw e instanceof ServiceException known ? known : cannotStart(e);
            } catch (IOException stays) {
                throw cannotStart(stays);
            }
        }
    }

    private ServiceException cannotStart(Exception e) {
        return new ServiceException(
                FailureCode.INTERNAL, "Cannot start consensus in " + config.directory() + ": " + e.getMessage(), e);
    }

    /**
     * Starts to listen. A server of groups of one peer is not started before it is closed: that would start a monitor
     * that wakes three times a second to step leaders down after a pause of the process. Groups start on their own.
     */
    private Reconnecting listening() throws IOException {
        requireOurClasses();
        // Its answer to a port that is taken would be to end the process, and to any uncaught exception too.
        Thread.UncaughtExceptionHandler ours = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        Thread.setDefaultUncaughtExceptionHandler(ours);
        try {
            server.start();
        } catch (ExitUtils.ExitException e) {
            server.close();
            throw new IOException("cannot listen: " + e.getMessage(), e);
        }
        GrpcServicesImpl transport = (GrpcServicesImpl) server.getServerRpc();
        return new Reconnecting(
                transport,
                channels,
                groups.values(),
                away,
                started,
                new StaleConnections(transport, staleAfter()),
                config.electionTimeout().dividedBy(2));
    }

    private Duration staleAfter() {
        Duration after = config.electionTimeout().multipliedBy(STALE_ELECTION_TIMEOUTS);
        return after.compareTo(STALE_AT_LEAST) < 0 ? STALE_AT_LEAST : after;
    }

    /** What another peer asks for by name. */
    private @Nullable LeaderSide ledGroup(String name) {
        RatisGroup group = groups.get(name);
        return group == null ? null : group.leading();
    }

    private @Nullable ReplicaSide replicaOf(String name) {
        RatisGroup group = groups.get(name);
        return group == null ? null : group.followed();
    }

    /** What a group asks of its leader; nothing where it cannot be another one. */
    @Nullable FollowerSide followerSide(RatisGroup group) {
        Cluster cluster = config.cluster().orElse(null);
        return cluster == null
                ? null
                : new FollowerSide(
                        group,
                        cluster.replica(self.orElseThrow()),
                        cluster.contactsOf(group.name()),
                        channels,
                        patience(config));
    }

    /** How long word of what was asked of a leader is waited for. */
    static Duration patience(ConsensusConfig config) {
        Duration patience = config.electionTimeout().multipliedBy(PATIENCE_ELECTION_TIMEOUTS);
        return patience.compareTo(MOST_PATIENCE) < 0 ? patience : MOST_PATIENCE;
    }

    /**
     * A vote outlasts a power loss, a leader that was deposed passes no barrier, and each log that is closed ends, only
     * where our classes stand before Ratis' own of their names.
     */
    private static void requireOurClasses() throws IOException {
        try {
            AtomicFileOutputStream.class.getMethod("syncsDirectories");
            AwaitToRun.class.getMethod("waitsForNobody");
            var _ = Class.forName("org.apache.ratis.server.impl.ReadIndexHeartbeats")
                    .getDeclaredMethod("asksForEachRead");
        } catch (ReflectiveOperationException theirs) {
            throw new IOException("Ratis' jar stands before Weir's on the class path", theirs);
        }
    }

    /** From now on, and until somebody else is asked. */
    public void admit(Admissions by) {
        admissions = by;
    }

    Admissions admissions() {
        return admissions;
    }

    /** This process's replica among several. */
    Optional<PeerId> self() {
        return self;
    }

    /**
     * Makes the empty directory of a node that of a founder, before its first start. Never again: a directory that was
     * lost comes back as a new replica, which is added.
     *
     * @throws IllegalStateException when the directory is not empty
     */
    public static void found(ConsensusConfig config) {
        Cluster cluster = config.cluster().orElseThrow(() -> new IllegalArgumentException("There are no other nodes"));
        try {
            PeerIdentity.found(config.directory(), cluster, Set.of());
        } catch (IOException e) {
            throw new ServiceException(
                    FailureCode.INTERNAL, "Cannot make " + config.directory() + " a founder's: " + e.getMessage(), e);
        }
    }

    private static FileChannel locked(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve("consensus.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException sameProcess) {
            LOG.atDebug().addKeyValue("directory", directory).log("Locked by this very process");
        }
        channel.close();
        throw new IOException("it is in use by a running process");
    }

    /** Reads the logs of its groups, each in such a time, to find damage; once. */
    void scrub(Duration every) {
        synchronized (turns) {
            if (closed || scrub != null) {
                throw new IllegalStateException("Closed, or scrubbed already");
            }
            scrub = new LogScrub(this::logs, every, meters);
            scrub.start();
        }
    }

    private List<Path> logs() {
        return groups.keySet().stream()
                .map(name -> new GroupFiles(config.directory(), name).log())
                .toList();
    }

    @Override
    public ConsensusGroup open(String name, ReplicatedState state) {
        if (!name.matches("[a-z0-9-]{1,32}")) {
            throw new IllegalArgumentException("Not a group's name: " + name);
        }
        synchronized (turns) {
            if (closed) {
                throw new ServiceException(FailureCode.SHUTTING_DOWN, "Consensus is closed");
            }
            if (groups.containsKey(name)) {
                throw new IllegalStateException("Group " + name + " is open already");
            }
            RatisGroup group = new RatisGroup(name, state, new GroupFiles(config.directory(), name), config, this);
            try {
                opening.start(group);
            } catch (RuntimeException e) {
                // Nobody has it: it must not be healed.
                group.markClosed();
                throw e instanceof ServiceException known && identity.isPresent()
                        ? Quarantine.refusal(known, name, config, identity.get())
                        : e;
            }
            groups.put(name, group);
            gauge("weir.consensus.log.bytes", group, RatisGroup::logBytes);
            gauge("weir.consensus.failed", group, it -> it.failure().isPresent() ? 1 : 0);
            gauge("weir.consensus.peers.away", group, away::count);
            gauge("weir.consensus.diverged", group, it -> it.divergence().isPresent() ? 1 : 0);
            return group;
        }
    }

    /** The groups that are open, by name. */
    public List<ConsensusGroup> groups() {
        return groups.values().stream()
                .map(ConsensusGroup.class::cast)
                .sorted(Comparator.comparing(ConsensusGroup::name))
                .toList();
    }

    /** Why some group accepts nothing, though it may do so again; empty when none has failed. */
    public Optional<String> failure() {
        return groups.values().stream()
                .flatMap(group -> group.failure().stream())
                .findFirst();
    }

    /** As {@link GroupOpening#heal} says. */
    void heal(RatisGroup group, Duration pause) {
        opening.heal(group, pause);
    }

    private void gauge(String meter, RatisGroup group, java.util.function.ToDoubleFunction<RatisGroup> value) {
        Gauge.builder(meter, group, value).tag("group", group.name()).register(meters);
    }

    /**
     * Gives up the damaged part of a group's log, for a group that {@link #open} refuses. What it held is kept in a
     * directory beside the log. What this replica may have acknowledged and lost before is given up as well.
     */
    public LogSalvage.Report salvage(String name) {
        synchronized (turns) {
            if (groups.containsKey(name)) {
                throw new IllegalStateException("Group " + name + " is open");
            }
            GroupFiles files = new GroupFiles(config.directory(), name);
            try {
                int attempt = 1;
                Path aside = files.storage().resolve("salvaged-" + attempt);
                while (Files.exists(aside)) {
                    aside = files.storage().resolve("salvaged-" + ++attempt);
                }
                long snapshot = files.snapshots()
                        .latest()
                        .map(path -> SnapshotStore.positionOf(path).index())
                        .orElse(-1L);
                LogSalvage.Report given = LogSalvage.run(files.log(), snapshot, aside);
                Doubt.end(files.doubt());
                return given;
            } catch (IOException e) {
                throw new ServiceException(FailureCode.INTERNAL, "Cannot salvage group " + name, e);
            }
        }
    }

    void close(RatisGroup group) {
        synchronized (turns) {
            if (!group.isClosed()) {
                group.markClosed();
                opening.stop(group, "The group was closed");
                groups.remove(group.name(), group);
            }
        }
    }

    @Override
    public void close() {
        opening.close();
        synchronized (turns) {
            if (closed) {
                return;
            }
            if (scrub != null) {
                scrub.close();
            }
            closed = true;
            List<RatisGroup> open = List.copyOf(groups.values());
            open.forEach(RatisGroup::markClosed);
            List<RaftServer.Division> parts = running(open);
            try (var _ = FailedUpdater.seeTo(parts)) {
                // It ends all groups at the same time (one after another, each would take its second), but only if it
                // was started.
                if (reconnecting == null) {
                    server.start();
                } else {
                    reconnecting.close();
                }
                channels.close();
                server.close();
                awaitClosed(parts);
                lockFile.close();
            } catch (IOException e) {
                throw new ServiceException(FailureCode.INTERNAL, "Consensus did not close in order", e);
            } finally {
                open.forEach(RatisGroup::stopped);
                open.forEach(group -> group.abandonInFlight("Consensus was closed"));
                groups.clear();
            }
        }
    }

    /**
     * The library passes over parts that are being closed already, as that of a group whose state threw is by a thread
     * of its own: whoever opened the directory next would find it in use.
     */
    private static void awaitClosed(List<RaftServer.Division> parts) {
        long since = System.nanoTime();
        while (!parts.stream().allMatch(part -> part.getInfo().getLifeCycleState() == LifeCycle.State.CLOSED)) {
            if (Thread.currentThread().isInterrupted() || System.nanoTime() - since > CLOSE_PATIENCE.toNanos()) {
                LOG.atWarn().log("Groups are still being closed: {}", parts);
                return;
            }
            LockSupport.parkNanos(CLOSE_LOOKS.toNanos());
        }
    }

    private static List<RaftServer.Division> running(List<RatisGroup> groups) {
        return groups.stream()
                .flatMap(group -> Stream.ofNullable(group.running()))
                .map(RunningGroup::division)
                .toList();
    }
}
