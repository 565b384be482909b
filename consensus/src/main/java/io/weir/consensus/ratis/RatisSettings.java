package io.weir.consensus.ratis;

import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * The library's properties, every limit derived from the largest entry.
 *
 * <p>Threading: the library reads the storage directory and the size of a group's files while the group is added, and
 * groups are added one after another: {@link #forGroup} sets them each time. How large an entry may be it reads again
 * whenever a leader begins to send to a follower, of whichever group: among several peers that is the same for all.
 */
final class RatisSettings {
    /** What the library's own fields add to an entry, at most. */
    private static final int FRAME_BYTES = 1024;
    /** More than anybody has entries in flight; a peer that is gone for good is called at once that often, too. */
    private static final int QUICK_RETRIES = 200;
    /** Of a snapshot on its way to a follower. */
    private static final int CHUNK_BYTES = 1 << 20;
    /** In flight between two peers, per stream: more than a second's round trip at loopback, less than an entry. */
    private static final int WINDOW_BYTES = 4 << 20;
    /** The library shuts down, or steps down, after a long pause: with one peer nobody else could have taken over. */
    private static final TimeDuration NEVER = TimeDuration.valueOf(10_000, TimeUnit.DAYS);

    private final RaftProperties properties = new RaftProperties();
    private final boolean isAlone;

    RatisSettings(ConsensusConfig config) {
        isAlone = config.cluster().isEmpty();
        RaftServerConfigKeys.setStorageDir(
                properties, List.of(config.directory().resolve("no-group-yet").toFile()));
        RaftServerConfigKeys.setStorageFreeSpaceMin(properties, SizeInBytes.valueOf(0));
        RaftServerConfigKeys.setCloseThreshold(properties, NEVER);
        config.cluster().ifPresentOrElse(cluster -> together(config, cluster), () -> alone(config));
        log();
        bounds(config);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, false);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, 1);
        RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        // Voters refuse for the sake of a living leader in a pre-vote only, not in the vote: a leader that wakes in
        // between has a lease, by the library's reckoning, beside the next one.
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, false);
        RaftServerConfigKeys.RetryCache.setExpiryTime(properties, TimeDuration.ONE_SECOND);
    }

    RaftProperties properties() {
        return properties;
    }

    /** Before a group is added: where it lives and how much it may hold. */
    void forGroup(Path storage, ConsensusConfig.Limits limits) {
        RaftServerConfigKeys.setStorageDir(properties, List.of(storage.toFile()));
        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf(limits.segmentBytes()));
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf(limits.segmentBytes()));
        if (isAlone) {
            entriesOf(limits.maxEntryBytes());
        }
    }

    /** The library opens no group whose buffer for writing is too small for what may be sent. */
    private void entriesOf(int bytes) {
        int entry = bytes + FRAME_BYTES;
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, SizeInBytes.valueOf(entry));
        RaftServerConfigKeys.Log.setWriteBufferSize(properties, SizeInBytes.valueOf(entry + FRAME_BYTES));
    }

    private void alone(ConsensusConfig config) {
        RaftConfigKeys.Rpc.setType(properties, new EmbeddedRpc());
        TimeDuration atOnce = TimeDuration.ONE_MILLISECOND;
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, atOnce);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, atOnce);
        electionTimeout(config);
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, NEVER);
    }

    private void electionTimeout(ConsensusConfig config) {
        long millis = config.electionTimeout().toMillis();
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS));
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.valueOf(2 * millis, TimeUnit.MILLISECONDS));
    }

    /** Every wait that a failover can meet follows from the election timeout: see ADR 7. */
    private void together(ConsensusConfig config, Cluster cluster) {
        RaftConfigKeys.Rpc.setType(properties, new PromptRpc());
        GrpcConfigKeys.Server.setHost(properties, cluster.host());
        GrpcConfigKeys.Server.setPort(properties, cluster.port());
        electionTimeout(config);
        long millis = config.electionTimeout().toMillis();
        TimeDuration twice = TimeDuration.valueOf(2 * millis, TimeUnit.MILLISECONDS);
        RaftServerConfigKeys.LeaderElection.setPreVote(properties, true);
        // Nobody leads when all have just started; a leader that there is stays, since a pre-vote disturbs nobody.
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(
                properties, TimeDuration.valueOf(Math.max(1, millis / 4), TimeUnit.MILLISECONDS));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
                properties, TimeDuration.valueOf(Math.max(2, millis), TimeUnit.MILLISECONDS));
        // One that lost its followers stands again after this long; the default is 10 s.
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, twice);
        // A leader that comes back with entries that nobody else has is led back over them one by one, and each counts
        // as an error. The default waits 1 s after each from the tenth on, then 5 s, without a heartbeat meanwhile.
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(
                properties, "1ms," + QUICK_RETRIES + "," + Math.max(1, millis / 4) + "ms," + Integer.MAX_VALUE);
        RaftServerConfigKeys.Log.Appender.setWaitTimeMin(properties, TimeDuration.ZERO);
        SizeInBytes message = SizeInBytes.valueOf(config.maxEntryBytes() + 2L * CHUNK_BYTES);
        GrpcConfigKeys.setMessageSizeMax(properties, message);
        GrpcConfigKeys.setFlowControlWindow(properties, SizeInBytes.valueOf(WINDOW_BYTES));
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(properties, SizeInBytes.valueOf(CHUNK_BYTES));
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, true);
        entriesOf(config.maxEntryBytes());
    }

    private void log() {
        // A file grows sparsely, see SegmentSync: filler would be written to disk and then again with data.
        RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf(0));
        // A message that begins where a waiting one begins would be taken for that one, and acknowledged though it is
        // longer: see IncomingEntries for what does without.
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
        RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Log.setPurgePreservationLogNum(properties, 0);
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 1);
        // Entries that only record the commit index cost a write and an fsync each; a restart replays instead.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
        RaftServerConfigKeys.Log.setCorruptionPolicy(properties, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
    }

    /** Twice our own, so that a submission waits at our bound and never meets the library's, which refuses. */
    private void bounds(ConsensusConfig config) {
        SizeInBytes bytes = SizeInBytes.valueOf(2L * config.inFlightBytes() + (2L << 20) * config.inFlightEntries());
        int entries = 2 * config.inFlightEntries() + 16;
        RaftServerConfigKeys.Write.setByteLimit(properties, bytes);
        RaftServerConfigKeys.Write.setElementLimit(properties, entries);
        // What waits to be written has its bounds in front of the library: see Unwritten.
        RaftServerConfigKeys.Log.setQueueByteLimit(properties, SizeInBytes.valueOf(Long.MAX_VALUE));
        RaftServerConfigKeys.Log.setQueueElementLimit(properties, Integer.MAX_VALUE);
    }
}
