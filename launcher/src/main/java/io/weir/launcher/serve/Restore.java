package io.weir.launcher.serve;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.GroupSeed;
import io.weir.consensus.ratis.RatisConsensus;
import io.weir.consensus.ratis.SeededGroups;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectStore;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Settings;
import io.weir.launcher.data.DataDirectory;
import io.weir.metadata.RestoredMetadata;
import io.weir.objecttier.backup.Backup;
import io.weir.objecttier.backup.BackupStore;
import io.weir.objecttier.backup.StoredSegments;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.RestoredShard;
import io.weir.wal.state.RestoredShard.Extent;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * Makes a data directory from an object store alone, when every disk with the logs is lost (ADR 12): from the newest
 * backup of each group that can be read, and the segments that were flushed since.
 *
 * <p>Threading: one thread.
 */
public final class Restore {
    private static final String METADATA = "metadata";
    private static final String CURSORS = "cursors";
    /** More entries, and more terms, than a lost log can have had beyond its backup. */
    private static final long INDEX_STEP = 1L << 40;

    private static final long TERM_STEP = 1L << 20;

    private final ServeConfig config;
    private final List<RestoreReport.Group> groups = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private Restore(ServeConfig config) {
        this.config = config;
    }

    /** @throws io.weir.launcher.config.SettingException naming the first setting that cannot be used */
    public static Restore of(Settings settings) {
        return new Restore(ServeConfig.from(settings));
    }

    /** A group's backup, and what is made of it. */
    private record Found(Backup backup, long takenAtMs, Parsed parsed) {}

    private sealed interface Parsed {
        record Metadata(RestoredMetadata of) implements Parsed {}

        record Shard(RestoredShard of) implements Parsed {}

        record Cursors(BackupStore.Read of) implements Parsed {}
    }

    /** Reads the state that a backup holds. */
    @FunctionalInterface
    private interface Reading {
        Parsed read(BackupStore.Read backup) throws IOException;
    }

    /**
     * Writes the directory's groups, and tells what is in them.
     *
     * @throws io.weir.launcher.data.DataDirectoryException when the directory has a log already
     */
    public RestoreReport run() {
        try (ObjectStore store = ObjectStores.open(
                        config.objects().store(), config.cluster().node());
                DataDirectory data = DataDirectory.open(config.dataDir())) {
            return run(store, data);
        }
    }

    private RestoreReport run(ObjectStore store, DataDirectory data) {
        BackupStore backups = new BackupStore(store);
        Found metadata = newest(backups, METADATA, read -> new Parsed.Metadata(RestoredMetadata.read(read.stream())))
                .orElseThrow(() -> nothing(METADATA));
        Found cursors = newest(backups, CURSORS, Parsed.Cursors::new).orElseThrow(() -> nothing(CURSORS));
        RestoredMetadata image = ((Parsed.Metadata) metadata.parsed()).of();
        List<GroupSeed> seeds = new ArrayList<>();
        Map<ShardId, RestoredShard> shards = new HashMap<>();
        for (int number = 0; number < image.image().shardCount(); number++) {
            ShardId shard = new ShardId(number);
            Found found = shard(backups, shard);
            RestoredShard restored = ((Parsed.Shard) found.parsed()).of();
            attach(store, shard, restored);
            LogPosition at = goesOnAt(found.backup());
            List<StreamRange> open = streams(image.image(), shard);
            seeds.add(new GroupSeed(
                    found.backup().group(), at, out -> restored.writeTo(out, at, open, image.producersBelow())));
            shards.put(shard, restored);
        }
        // The metadata comes last: no server starts on a directory that has shards and lacks it.
        BackupStore.Read cells = ((Parsed.Cursors) cursors.parsed()).of();
        seeds.add(new GroupSeed(
                CURSORS, goesOnAt(cursors.backup()), out -> cells.stream().transferTo(out)));
        seeds.add(new GroupSeed(METADATA, goesOnAt(metadata.backup()), image::writeTo));
        data.beginLog(() -> seed(data, seeds));
        return new RestoreReport(
                image.image().clusterId(), List.copyOf(groups), topics(image.image(), shards), warnings);
    }

    private void seed(DataDirectory data, List<GroupSeed> seeds) {
        ConsensusConfig consensus = ConsensusConfig.defaults(data.raft());
        if (config.cluster().isCluster()) {
            consensus = consensus.withCluster(RoleConfigs.together(config.cluster()));
            RatisConsensus.found(consensus);
        }
        SeededGroups.write(consensus, seeds);
    }

    private static LogPosition goesOnAt(Backup backup) {
        LogPosition last = backup.position();
        return new LogPosition(last.term() + TERM_STEP, (Math.max(0, last.index()) / INDEX_STEP + 1) * INDEX_STEP);
    }

    private ServiceException nothing(String group) {
        return new ServiceException(
                FailureCode.OBJECT_MISSING,
                "There is no backup of group " + group + " that can be read in "
                        + config.objects().store());
    }

    /** Nothing of a shard is deleted before its first backup: without one, its segments are all there. */
    private Found shard(BackupStore backups, ShardId shard) {
        String group = "wal-" + shard.value();
        return newest(backups, group, read -> new Parsed.Shard(RestoredShard.read(shard, read.stream())))
                .orElseGet(() -> {
                    warnings.add("There is no backup of group " + group + ": its log starts were lost, and its segments"
                            + " are taken as they are");
                    return new Found(
                            new Backup(group, LogPosition.NONE), 0, new Parsed.Shard(RestoredShard.empty(shard)));
                });
    }

    private Optional<Found> newest(BackupStore backups, String group, Reading reading) {
        for (Backup backup : backups.of(group)) {
            try {
                BackupStore.Read read = backups.read(backup);
                Found found = new Found(backup, read.takenAtMs(), reading.read(read));
                groups.add(new RestoreReport.Group(
                        group, backup.position().index(), Instant.ofEpochMilli(read.takenAtMs())));
                return Optional.of(found);
            } catch (IOException | CompletionException | ServiceException unreadable) {
                ServiceException cause = ServiceException.of(unreadable);
                if (cause.code() == FailureCode.OBJECT_STORE_UNAVAILABLE) {
                    throw cause;
                }
                warnings.add("Backup " + backup.key() + " cannot be used, an older one is: " + cause.getMessage());
            }
        }
        return Optional.empty();
    }

    private void attach(ObjectStore store, ShardId shard, RestoredShard restored) {
        StoredSegments stored = new StoredSegments(store, shard);
        long records = 0;
        List<StoredSegments.Found> since = stored.flushedBehind(restored.flushedUpTo());
        for (StoredSegments.Found found : since) {
            restored.attach(found.segment(), found.ends());
            records += found.records();
        }
        if (!since.isEmpty()) {
            warnings.add(shard + ": " + since.size() + " segments with " + records
                    + " records were flushed after the backup and are taken in");
        }
        stored.damaged().forEach(key -> warnings.add("Segment " + key + " is damaged: its records are lost"));
        stored.missing(restored.view())
                .forEach(key -> warnings.add("Object " + key + " is missing: reads of its records will fail"));
    }

    private static List<StreamRange> streams(MetadataImage image, ShardId shard) {
        List<StreamRange> streams = new ArrayList<>();
        for (Topic topic : image.topics()) {
            for (PartitionBlock block : topic.blocks()) {
                if (block.shard().equals(shard)) {
                    streams.add(new StreamRange(
                            block.firstStream().value(),
                            block.count(),
                            block.incarnation().value(),
                            topic.tenant()));
                }
            }
        }
        return streams;
    }

    private static List<RestoreReport.TopicPart> topics(MetadataImage image, Map<ShardId, RestoredShard> shards) {
        List<RestoreReport.TopicPart> topics = new ArrayList<>();
        for (Topic topic : image.topics()) {
            long kept = 0;
            long lost = 0;
            for (int partition = 0; partition < topic.partitions(); partition++) {
                Extent extent = topic.location(partition)
                        .map(at -> shard(shards, at.shard()).extent(at.stream().value()))
                        .orElseThrow();
                kept += extent.kept();
                lost += extent.lost();
            }
            topics.add(new RestoreReport.TopicPart(topic.tenant(), topic.name(), topic.partitions(), kept, lost));
        }
        topics.sort(Comparator.comparing(
                        (RestoreReport.TopicPart topic) -> topic.tenant().name())
                .thenComparing(RestoreReport.TopicPart::topic));
        return topics;
    }

    private static RestoredShard shard(Map<ShardId, RestoredShard> shards, ShardId shard) {
        RestoredShard restored = shards.get(shard);
        if (restored == null) {
            throw new ServiceException(FailureCode.CORRUPT, "The metadata places streams on unknown " + shard);
        }
        return restored;
    }
}
