package io.weir.launcher.serve;

import io.weir.consensus.ratis.GroupSeed;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectStore;
import io.weir.launcher.config.WalLimits;
import io.weir.metadata.RestoredMetadata;
import io.weir.objecttier.backup.Backup;
import io.weir.objecttier.backup.BackupStore;
import io.weir.objecttier.backup.RestorePlan;
import io.weir.objecttier.backup.StoredSegments;
import io.weir.objecttier.backup.StoredShards;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.RestoredMoves;
import io.weir.wal.state.RestoredShard;
import io.weir.wal.state.RestoredShard.Extent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The states that a cluster goes on with whose logs are lost, made of a backup of each group and of the segments that
 * were flushed since (ADR 12).
 *
 * <p>Threading: one thread; waits for the store.
 */
final class RestoredGroups {
    private static final String METADATA = "metadata";
    private static final String CURSORS = "cursors";
    /** More entries, and more terms, than a log has in one life of a cluster. */
    private static final long INDEX_RANGE = 1L << 40;

    private static final long TERM_RANGE = 1L << 20;

    private final ObjectStore store;
    private final BackupStore backups;
    private final Restoration restoration;
    private final @Nullable RestorePlan plan;
    private final List<Made> made = new ArrayList<>();
    private final List<RestoreReport.Group> copies = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<ShardId, Shard> shards = new LinkedHashMap<>();
    private final MetadataImage image;

    /** A group, and what its plan says of it. */
    private record Made(GroupSeed seed, RestorePlan.Group planned) {}

    /** A shard, and how far its backup reaches, if there is one. */
    private record Shard(RestoredShard restored, Optional<LogPosition> copied) {}

    /** A backup, and what was read from it. */
    private record Found<T>(LogPosition position, T state) {}

    /** Reads the state that a backup holds. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(BackupStore.Read backup) throws IOException;
    }

    private RestoredGroups(
            ObjectStore store, Restoration restoration, List<Peer> founders, @Nullable RestorePlan plan) {
        this.store = store;
        this.backups = new BackupStore(store);
        this.restoration = restoration;
        this.plan = plan;
        Found<RestoredMetadata> found = find(
                        METADATA, read -> RestoredMetadata.read(read.stream(), restoration, founders))
                .orElseThrow(() -> nothing(METADATA));
        Found<BackupStore.Read> cursors = find(CURSORS, read -> read).orElseThrow(() -> nothing(CURSORS));
        RestoredMetadata metadata = withEveryShard(found.state());
        this.image = metadata.image();
        for (int number = 0; number < image.shardCount(); number++) {
            read(new ShardId(number));
        }
        warnOf(RestoredMoves.settle(
                shards.values().stream().map(Shard::restored).toList()));
        shards.forEach((shard, read) -> add(shard, read, metadata.producersBelow()));
        add(
                CURSORS,
                Optional.of(cursors.position()),
                cursors.position(),
                out -> cursors.state().stream().transferTo(out));
        // The metadata comes last: no server starts on a directory that has shards and lacks it.
        add(METADATA, Optional.of(found.position()), found.position(), metadata::writeTo);
    }

    /** One that is added again instead would begin its log within the lost one's, whose objects are there. */
    private RestoredMetadata withEveryShard(RestoredMetadata metadata) {
        int known = metadata.image().shardCount();
        int shards = StoredShards.count(store, known, WalLimits.MAX_SHARDS);
        for (int added = known; added < shards; added++) {
            warnings.add("wal-" + added + " was added after the metadata's backup: it is there again, and has of the"
                    + " topics that are known what they left there");
        }
        return shards == known ? metadata : metadata.withShards(shards);
    }

    /** Of the newest backups that can be read. */
    static RestoredGroups newest(ObjectStore store, Restoration restoration, List<Peer> founders) {
        return new RestoredGroups(store, restoration, founders, null);
    }

    /**
     * Of the same backups as another node's, byte for byte.
     *
     * @throws ServiceException with {@code CORRUPT} when that cannot be
     */
    static RestoredGroups as(RestorePlan plan, ObjectStore store, List<Peer> founders) {
        RestoredGroups groups = new RestoredGroups(store, plan.restoration(), founders, plan);
        List<RestorePlan.Group> here = groups.planned();
        if (!here.equals(plan.groups())) {
            throw new ServiceException(
                    FailureCode.CORRUPT,
                    "Restore " + plan.restoration().number() + " began with " + plan.groups()
                            + ", and what the store has now makes " + here
                            + ". Is something writing to it? Another version of Weir makes other states, too");
        }
        return groups;
    }

    /** Whether the store has backups that were made in the life that a restore began. */
    static boolean hasGoneOn(ObjectStore store, RestorePlan plan) {
        BackupStore backups = new BackupStore(store);
        long began = plan.restoration().goesOnAt(0, INDEX_RANGE);
        return plan.groups().stream()
                .flatMap(group -> backups.of(group.name()).stream())
                .anyMatch(backup -> backup.position().index() >= began);
    }

    private void read(ShardId shard) {
        Optional<Found<RestoredShard>> found = find(group(shard), read -> RestoredShard.read(shard, read.stream()));
        // Nothing of a shard is deleted before its first backup: without one, its segments are all there.
        if (found.isEmpty()) {
            warnings.add("There is no backup of group " + group(shard) + ": its log starts were lost, and its segments"
                    + " are taken as they are");
        }
        RestoredShard restored = found.map(Found::state).orElseGet(() -> RestoredShard.empty(shard));
        attach(shard, restored);
        restored.place(streams(shard));
        shards.put(shard, new Shard(restored, found.map(Found::position)));
    }

    private static String group(ShardId shard) {
        return "wal-" + shard.value();
    }

    private void warnOf(Set<Long> uncertain) {
        Map<TopicId, Topic> topics = new LinkedHashMap<>();
        for (long stream : uncertain) {
            image.topicOf(new StreamId(stream)).ifPresent(topic -> topics.put(topic.id(), topic));
        }
        for (Topic topic : topics.values()) {
            warnings.add("Partitions of topic " + topic.name() + " moved more than once, and which shard wrote what is"
                    + " in no backup: of what they held before, reads may pass over a part");
        }
    }

    private void add(ShardId shard, Shard read, long producersBelow) {
        RestoredShard restored = read.restored();
        LogPosition reached = new LogPosition(
                read.copied().map(LogPosition::term).orElse(0L),
                Math.max(
                        restored.reached(),
                        read.copied().map(LogPosition::index).orElse(0L)));
        LogPosition at = goesOnAt(reached);
        add(group(shard), read.copied(), reached, out -> restored.writeTo(out, restoration, at, producersBelow));
    }

    private void add(String group, Optional<LogPosition> copied, LogPosition reached, GroupSeed.State state) {
        made.add(new Made(
                new GroupSeed(group, goesOnAt(reached), state), new RestorePlan.Group(group, copied, digest(state))));
    }

    private LogPosition goesOnAt(LogPosition reached) {
        return new LogPosition(
                restoration.goesOnAt(reached.term(), TERM_RANGE), restoration.goesOnAt(reached.index(), INDEX_RANGE));
    }

    private static String digest(GroupSeed.State state) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            try (DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), sha256)) {
                state.writeTo(out);
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        } catch (IOException memory) {
            throw new UncheckedIOException(memory);
        }
    }

    private static ServiceException nothing(String group) {
        return new ServiceException(
                FailureCode.OBJECT_MISSING, "There is no backup of group " + group + " that can be read");
    }

    private <T> Optional<Found<T>> find(String group, Reading<T> reading) {
        return plan == null
                ? newest(group, reading)
                : plan.group(group)
                        .flatMap(RestorePlan.Group::copied)
                        .map(position -> planned(new Backup(group, position), reading));
    }

    private <T> Found<T> planned(Backup backup, Reading<T> reading) {
        try {
            return found(backup, reading);
        } catch (IOException | CompletionException | ServiceException unreadable) {
            ServiceException cause = ServiceException.of(unreadable);
            throw new ServiceException(
                    cause.code(),
                    "Backup " + backup.key() + ", which restore " + restoration.number()
                            + " began with, cannot be read: " + cause.getMessage(),
                    unreadable);
        }
    }

    private <T> Optional<Found<T>> newest(String group, Reading<T> reading) {
        for (Backup backup : backups.of(group)) {
            try {
                return Optional.of(found(backup, reading));
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

    private <T> Found<T> found(Backup backup, Reading<T> reading) throws IOException {
        BackupStore.Read read = backups.read(backup);
        Found<T> found = new Found<>(backup.position(), reading.read(read));
        copies.add(new RestoreReport.Group(
                backup.group(), backup.position().index(), Instant.ofEpochMilli(read.takenAtMs())));
        return found;
    }

    private void attach(ShardId shard, RestoredShard restored) {
        StoredSegments stored = new StoredSegments(store, shard);
        long records = 0;
        List<StoredSegments.Found> since = stored.flushedBehind(restored.flushedUpTo());
        for (StoredSegments.Found found : since) {
            restored.attach(found.segment(), found.offsets());
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

    private List<StreamRange> streams(ShardId shard) {
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

    /** In the order in which they are to be written. */
    List<GroupSeed> seeds() {
        return made.stream().map(Made::seed).toList();
    }

    /** What other nodes have to begin with. */
    List<RestorePlan.Group> planned() {
        return made.stream().map(Made::planned).toList();
    }

    RestoreReport report() {
        List<RestoreReport.TopicPart> topics = new ArrayList<>();
        for (Topic topic : image.topics()) {
            long kept = 0;
            long lost = 0;
            for (int partition = 0; partition < topic.partitions(); partition++) {
                Extent extent = topic.location(partition)
                        .map(at -> shard(at.shard()).extent(at.stream().value()))
                        .orElseThrow();
                kept += extent.kept();
                lost += extent.lost();
            }
            topics.add(new RestoreReport.TopicPart(topic.tenant(), topic.name(), topic.partitions(), kept, lost));
        }
        topics.sort(Comparator.comparing(
                        (RestoreReport.TopicPart topic) -> topic.tenant().name())
                .thenComparing(RestoreReport.TopicPart::topic));
        return new RestoreReport(image.clusterId(), restoration, copies, topics, warnings);
    }

    private RestoredShard shard(ShardId shard) {
        Shard read = shards.get(shard);
        if (read == null) {
            throw new ServiceException(FailureCode.CORRUPT, "The metadata places streams on unknown " + shard);
        }
        return read.restored();
    }
}
