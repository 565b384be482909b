package io.weir.consensus.ratis;

import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.Doubt;
import io.weir.consensus.log.LogCheck;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.FailedUpdater;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes groups from their files to a running part of the library's, ends that part, and begins it anew once a log that
 * failed is likely to work.
 *
 * <p>Threading: one at a time, by whoever holds the lock; {@link #heal} by any thread.
 */
final class GroupOpening implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupOpening.class);

    private final ConsensusConfig config;
    private final RatisSettings settings;
    private final Optional<PeerIdentity> identity;
    private final RaftServer server;
    private final StartedGroups started;
    private final Map<RaftGroupId, GroupMachine> machines;
    private final Object turns;
    private final ClientId client = ClientId.randomId();
    private final ScheduledThreadPoolExecutor healer = new ScheduledThreadPoolExecutor(
            1, work -> Thread.ofPlatform().daemon().name("consensus-healer").unstarted(work));

    /**
     * Opens nothing yet.
     *
     * @param machines where the server finds a group's state machine
     * @param turns the lock under which groups are opened and ended
     */
    GroupOpening(
            ConsensusConfig config,
            RatisSettings settings,
            Optional<PeerIdentity> identity,
            RaftServer server,
            StartedGroups started,
            Map<RaftGroupId, GroupMachine> machines,
            Object turns) {
        this.config = config;
        this.settings = settings;
        this.identity = identity;
        this.server = server;
        this.started = started;
        this.machines = machines;
        this.turns = turns;
    }

    /** Checks, restores, replays: from files to a leader. */
    void start(RatisGroup group) {
        // Before it is needed: where no more threads can be made there is something to heal.
        healer.prestartCoreThread();
        GroupFiles files = group.files();
        GroupMachine machine;
        LogPosition snapshot;
        Optional<Doubt> doubt;
        try {
            if (identity.isPresent() && identity.get().hasBegun(group.name())) {
                files.requireBegun();
            }
            files.createDirectories();
            files.requireMetadata();
            files.snapshots().clean();
            snapshot = files.snapshots().restore(group.state());
            doubt = checked(group, snapshot);
            SegmentSync segments = new SegmentSync(
                    files.log(),
                    config.limitsOf(group.name()).segmentBytes(),
                    () -> files.size().newSegment());
            machine = new GroupMachine(
                    group.state(),
                    files.snapshots().latestInfo(),
                    group,
                    segments,
                    new IncomingEntries(files::keepConfiguration, Unwritten.of(config)),
                    doubt.isEmpty());
        } catch (IOException e) {
            throw new ServiceException(
                    FailureCode.INTERNAL, "Cannot open group " + group.name() + ": " + e.getMessage(), e);
        }
        machines.put(files.id(), machine);
        group.opening();
        settings.forGroup(files.storage(), config.limitsOf(group.name()));
        try {
            handOver(group);
            if (identity.isPresent()) {
                identity.get().begin(group.name());
            }
            started.add(files.id(), server.getId(), inDoubt(group, doubt));
            group.opened(new RunningGroup(server, files.id(), machine), snapshot);
            // What was told in between counted for the former opening, and nothing tells it again.
            machine.incoming().failure().ifPresent(group::logFailed);
            if (config.cluster().isEmpty()) {
                group.leads().get(config.openTimeout().toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (ServiceException e) {
            stop(group, "It could not be opened");
            throw e;
        } catch (IOException | ExecutionException | TimeoutException e) {
            stop(group, "It could not be opened");
            throw new ServiceException(
                    FailureCode.INTERNAL, "Cannot open group " + group.name() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop(group, "Interrupted");
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "Interrupted while opening " + group.name(), e);
        }
    }

    /** Has the library open the group, and sees that it has read the members there. */
    private void handOver(RatisGroup group) throws IOException {
        GroupFiles files = group.files();
        // Before: a snapshot that arrives meanwhile brings later ones.
        long known = files.requireConfiguration();
        server.groupManagement(GroupManagementRequest.newAdd(
                client, server.getId(), 0, RaftGroup.valueOf(files.id(), firstPeers(group.name())), false));
        long read = server.getDivision(files.id()).getRaftConf().getLogEntryIndex();
        if (read < known) {
            throw new IOException("its members of entry " + known + " were not read, but those of entry " + read);
        }
        files.syncTree();
    }

    /**
     * Puts right what a crash left of the log.
     *
     * @return how far it went once, if that is further than it does now
     */
    private Optional<Doubt> checked(RatisGroup group, LogPosition snapshot) throws IOException {
        GroupFiles files = group.files();
        LogCheck.Report report = files.checkLog(snapshot, doubt -> {
            boolean isShared = Quarantine.isShared(config, identity, files, group.name());
            if (isShared) {
                doubt.keepIn(files.doubt());
            }
            return isShared;
        });
        Optional<Doubt> doubt = Doubt.in(files.doubt());
        if (doubt.isEmpty()) {
            return doubt;
        }
        Doubt end = report.next() - 1 > snapshot.index()
                ? new Doubt(report.term(), report.next() - 1)
                : new Doubt(snapshot.term(), snapshot.index());
        if (end.compareTo(doubt.get()) >= 0) {
            Doubt.end(files.doubt());
            return Optional.empty();
        }
        if (!Quarantine.isShared(config, identity, files, group.name())) {
            throw nobodyElse(group, doubt.get());
        }
        LOG.atWarn()
                .addKeyValue("group", group.name())
                .addKeyValue("term", doubt.get().term())
                .addKeyValue("index", doubt.get().index())
                .log("What this replica may have acknowledged is missing: until it is back, it does not stand for"
                        + " election, and votes for nobody who has less");
        return doubt;
    }

    /** By the configuration in the log, which may be newer than the one that was applied last. */
    private Optional<ReplicaInDoubt> inDoubt(RatisGroup group, Optional<Doubt> doubt) throws IOException {
        if (doubt.isEmpty()) {
            return Optional.empty();
        }
        RaftServer.Division division = server.getDivision(group.files().id());
        Collection<RaftPeer> peers = division.getRaftConf().getAllPeers();
        if (peers.size() == 1 && peers.iterator().next().getId().equals(server.getId())) {
            throw nobodyElse(group, doubt.get());
        }
        return Optional.of(ReplicaInDoubt.of(doubt.get(), group.files().doubt(), division));
    }

    private static ServiceException nobodyElse(RatisGroup group, Doubt doubt) {
        return new ServiceException(
                FailureCode.CORRUPT,
                "The log of group " + group.name() + " ends in front of " + doubt + ", which "
                        + group.files().doubt() + " says it had, and nobody else has it");
    }

    /** What a group begins with that has no configuration on the disk. */
    private List<RaftPeer> firstPeers(String group) {
        Cluster cluster = config.cluster().orElse(null);
        if (cluster == null) {
            return List.of(RaftPeer.newBuilder().setId(server.getId()).build());
        }
        List<Peer> founders = cluster.foundersOf(group);
        Optional<PeerId> self = identity.map(PeerIdentity::id);
        boolean isFounder = founders.stream().anyMatch(peer -> self.equals(Optional.of(peer.id())));
        return isFounder ? founders.stream().map(RatisMembership::raftPeer).toList() : List.of();
    }

    /** Ends the running part; nothing waits for it any more. */
    void stop(RatisGroup group, String why) {
        group.stopped();
        started.remove(group.files().id());
        GroupMachine machine = machines.remove(group.files().id());
        if (machine != null) {
            machine.part().ifPresent(part -> end(group, part));
        }
        group.abandonInFlight(why);
    }

    /**
     * The library forgets a part that fails while it is started, and closes nothing of it: the directory stays locked,
     * and what was started of it takes part in elections. Closing once more what is closed does nothing.
     */
    private void end(RatisGroup group, RaftServer.Division part) {
        try (var _ = FailedUpdater.seeTo(List.of(part))) {
            try {
                server.groupManagement(GroupManagementRequest.newRemove(
                        client, server.getId(), 0, group.files().id(), false, false));
            } catch (IOException | CompletionException e) {
                LOG.atWarn().addKeyValue("group", group.name()).setCause(e).log("A group did not end in order");
            }
            part.close();
        }
    }

    /** Ends the group's running part and opens it again once that is likely to work. */
    synchronized void heal(RatisGroup group, Duration pause) {
        if (!healer.isShutdown()) {
            ScheduledFuture<?> scheduled =
                    healer.schedule(() -> reopen(group, pause), pause.toMillis(), TimeUnit.MILLISECONDS);
            LOG.atDebug().addKeyValue("group", group.name()).log("To be opened again: {}", scheduled);
        }
    }

    private void reopen(RatisGroup group, Duration pause) {
        synchronized (turns) {
            if (group.isClosed() || !group.health().canHeal()) {
                return;
            }
            Optional<Duration> later = group.watch().beforeOpening(pause);
            if (later.isPresent()) {
                heal(group, later.get());
                return;
            }
            Duration longer = pause.multipliedBy(2).compareTo(config.reopenAtMost()) < 0
                    ? pause.multipliedBy(2)
                    : config.reopenAtMost();
            try {
                stop(group, "Its log failed");
                // Nothing else deletes these while the group is closed, and they may be what takes the room.
                group.files().endInterruptedInstallation();
                if (Files.getFileStore(config.directory()).getUsableSpace() < config.minFreeBytes()) {
                    heal(group, longer);
                    return;
                }
                start(group);
                LOG.atInfo().addKeyValue("group", group.name()).log("A group works again");
            } catch (IOException | RuntimeException | Error e) {
                // An error as well, such as that no thread could be made: nobody else opens the group again.
                if (isSetAsideAtNextStart(group, e)) {
                    return;
                }
                LOG.atWarn().addKeyValue("group", group.name()).setCause(e).log("A group cannot be opened again yet");
                group.health().notOpened(e);
                heal(group, longer);
            }
        }
    }

    /** Damage that is found now is treated as what a start finds: time heals none, and another replica can. */
    private boolean isSetAsideAtNextStart(RatisGroup group, Throwable why) {
        if (identity.isEmpty() || !(why instanceof ServiceException known) || known.code() != FailureCode.CORRUPT) {
            return false;
        }
        ServiceException refusal = Quarantine.refusal(known, group.name(), config, identity.get());
        if (!Quarantine.isMarked(config.directory())) {
            return false;
        }
        group.health().damaged(refusal);
        return true;
    }

    /** Heals nothing any more. */
    @Override
    public synchronized void close() {
        healer.shutdownNow();
    }
}
