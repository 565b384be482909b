package io.weir.launcher.serve;

import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.GroupSeed;
import io.weir.consensus.ratis.SeededGroups;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.object.ObjectStore;
import io.weir.launcher.config.ClusterSettings;
import io.weir.launcher.config.ObjectStoreLocation;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.SettingException;
import io.weir.launcher.config.Settings;
import io.weir.launcher.data.DataDirectory;
import io.weir.objecttier.backup.RestorePlan;
import io.weir.objecttier.backup.RestorePlans;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Makes a data directory from an object store alone, when every disk with the logs is lost (ADR 12).
 *
 * <p>Of several nodes, the one that comes first writes down in the store what it begins with, and the others begin with
 * the same or not at all. Each restore has a number, and its founders are called by it: those of two restores, or of
 * the lost cluster, never take each other for one of their own.
 *
 * <p>Threading: one thread.
 */
public final class Restore {
    /** Others that begin a restore at the same time are followed; so many of them cannot be. */
    private static final int ATTEMPTS = 5;

    private final Path dataDir;
    private final ObjectStoreLocation from;
    private final ClusterSettings cluster;
    private final boolean anew;

    private Restore(Path dataDir, ObjectStoreLocation from, ClusterSettings cluster, boolean anew) {
        this.dataDir = dataDir;
        this.from = from;
        this.cluster = cluster;
        this.anew = anew;
    }

    /**
     * Restores nothing yet. What a process is to serve is not looked at: each keeps what the peers say of it.
     *
     * @param anew whether to begin another restore, though one was begun with these nodes
     * @throws io.weir.launcher.config.SettingException naming the first setting that cannot be used
     */
    public static Restore of(Settings settings, boolean anew) {
        ObjectStoreLocation from = ServeConfig.objectStore(settings)
                .orElseThrow(() -> new SettingException("object-store: name the one that is left"));
        Path dataDir = ServeConfig.dataDir(settings);
        ClusterSettings cluster = ClusterSettings.from(settings);
        if (cluster.isCluster()) {
            var _ = new Founder(dataDir, cluster);
        }
        return new Restore(dataDir, from, cluster, anew);
    }

    /** A restore's number, and what it begins with. */
    private record Begun(Restoration restoration, RestoredGroups groups) {}

    /**
     * Writes the directory's groups, and tells what is in them.
     *
     * @throws io.weir.launcher.data.DataDirectoryException when the directory has a log already
     */
    public RestoreReport run() {
        try (ObjectStore store = ObjectStores.open(from, cluster.node());
                DataDirectory data = DataDirectory.open(dataDir)) {
            data.requireNoLog();
            RestorePlans plans = new RestorePlans(store);
            Begun begun = begin(store, plans);
            SeededGroups written = SeededGroups.write(consensus(data, begun.restoration()), seeds(begun));
            takePlace(plans, begun.restoration());
            written.publish();
            return begun.groups().report();
        }
    }

    private Begun begin(ObjectStore store, RestorePlans plans) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Restoration> newest = plans.newest();
            if (cluster.isCluster() && newest.isPresent() && !(anew && attempt == 0)) {
                RestorePlan plan = plans.read(newest.get());
                requireStillBeginning(store, plan);
                return new Begun(plan.restoration(), RestoredGroups.as(plan, store, replicas(plan.restoration())));
            }
            Restoration next = newest.map(Restoration::next).orElseGet(() -> new Restoration(1));
            RestoredGroups groups = RestoredGroups.newest(store, next, replicas(next));
            if (plans.begin(new RestorePlan(next, founders(), groups.planned()))) {
                return new Begun(next, groups);
            }
        }
        throw new ServiceException(FailureCode.OVERLOADED, "Restores are begun from " + from + " all the time");
    }

    private List<Peer> replicas(Restoration restoration) {
        return cluster.isCluster() ? RoleConfigs.restored(cluster, restoration).founders() : List.of();
    }

    private String founders() {
        return cluster.isCluster() ? ClusterSettings.text(cluster.peers()) : "";
    }

    private void requireStillBeginning(ObjectStore store, RestorePlan plan) {
        long number = plan.restoration().number();
        if (!plan.founders().equals(founders())) {
            throw refused("Restore " + number + " was begun with the peers '" + plan.founders() + "', not with '"
                    + founders() + "'. To begin another, give --anew on the first node");
        }
        if (RestoredGroups.hasGoneOn(store, plan)) {
            throw refused("The cluster that restore " + number + " began has gone on since. If all disks are lost"
                    + " again, begin another restore with --anew on the first node. If only this node's is, start it"
                    + " with an empty directory: it comes back as a new replica");
        }
    }

    /** Of a process that is alone there is no other that would count its votes. */
    private void takePlace(RestorePlans plans, Restoration restoration) {
        NodeId node = cluster.node();
        if (cluster.isCluster()
                && !plans.takePlace(restoration, node, UUID.randomUUID().toString())) {
            throw refused(node + " has taken its place in restore " + restoration.number() + " already. If its disk is"
                    + " lost since, start it with an empty directory: it comes back as a new replica. If all are, or"
                    + " that restore came to nothing, begin another with --anew on the first node");
        }
    }

    private static ServiceException refused(String why) {
        return new ServiceException(FailureCode.FENCED, why);
    }

    private ConsensusConfig consensus(DataDirectory data, Restoration restoration) {
        ConsensusConfig consensus = ConsensusConfig.defaults(data.raft());
        return cluster.isCluster() ? consensus.withCluster(RoleConfigs.restored(cluster, restoration)) : consensus;
    }

    /** Those of the groups that this node keeps. */
    private List<GroupSeed> seeds(Begun begun) {
        if (!cluster.isCluster()) {
            return begun.groups().seeds();
        }
        Cluster together = RoleConfigs.restored(cluster, begun.restoration());
        Predicate<String> isKept = group -> together.foundersOf(group).stream()
                .anyMatch(peer -> peer.id().node().equals(together.node()));
        return begun.groups().seeds().stream()
                .filter(seed -> isKept.test(seed.group()))
                .toList();
    }
}
