package io.weir.launcher.serve;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.RatisConsensus;
import io.weir.launcher.config.ClusterSettings;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.SettingException;
import io.weir.launcher.config.Settings;
import io.weir.launcher.data.DataDirectory;
import java.nio.file.Path;

/**
 * A node that a cluster begins with. Its data directory is made a founder's once, before it serves: a founder that
 * loses its directory comes back as a new replica (ADR 7).
 */
public record Founder(Path dataDir, ClusterSettings cluster) {
    /** @throws SettingException when no peers are named, or an even number of them */
    public Founder {
        if (!cluster.isCluster()) {
            throw new SettingException("peers: name the nodes that the cluster begins with");
        }
        if (!cluster.isPeer()) {
            throw new SettingException("peers: they must contain this process, whose node-id is "
                    + cluster.node().value());
        }
        cluster.requireFounders();
    }

    /** @throws SettingException naming the first setting that cannot be used */
    public static Founder of(Settings settings) {
        return new Founder(ServeConfig.dataDir(settings), ClusterSettings.from(settings));
    }

    /**
     * Makes the directory a founder's.
     *
     * @throws io.weir.launcher.data.DataDirectoryException when there is something in it
     */
    public void found() {
        try (DataDirectory data = DataDirectory.open(dataDir)) {
            data.beginLog(() -> RatisConsensus.found(
                    ConsensusConfig.defaults(data.raft()).withCluster(RoleConfigs.together(cluster))));
        }
    }
}
