package io.weir.metadata;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.FeedOwnership;
import io.weir.metadata.log.SnapshotCodec;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import io.weir.metadata.record.TableRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The metadata that a cluster goes on with whose log is lost: a backup of it. Numbers that were given out since the
 * backup are not given out again, and nobody holds a lease.
 *
 * <p>Threading: immutable.
 */
public final class RestoredMetadata {
    /** More ids of streams, or producers, than are given out in one life of a cluster. */
    private static final long ID_RANGE = 1L << 32;
    /** The same for a tenant's schemas, whose ids end at 2³¹; those from other registries begin at 100,001, mostly. */
    private static final int SCHEMA_RANGE = 1 << 19;
    /**
     * The same for the epochs of a cell, those in the other group's backup may be newer, of a table's feed, or of a
     * stream's incarnations.
     */
    private static final int EPOCH_RANGE = 1 << 20;
    /** The same for versions, which moves are called by: a shard's backup may know newer ones, and takes no older. */
    private static final long VERSION_RANGE = 1L << 40;

    private final ClusterImage image;

    private RestoredMetadata(ClusterImage image) {
        this.image = image;
    }

    /**
     * Reads a backup.
     *
     * @param founders the replicas that the cluster goes on with; none where a process is alone
     * @throws IOException when the bytes are damaged or of an unknown version
     */
    public static RestoredMetadata read(InputStream backup, Restoration restoration, List<Peer> founders)
            throws IOException {
        return new RestoredMetadata(planning(founders, goingOn(SnapshotCodec.read(backup), restoration)));
    }

    /** A founder that left the lost cluster would be taken out again, by its plan: it has come back. */
    private static ClusterImage planning(List<Peer> founders, ClusterImage before) {
        ClusterImage image = before;
        for (Peer founder : founders) {
            NodeId node = founder.id().node();
            if (before.members().containsKey(node.value())) {
                image = image.evolve(
                        new MetadataRecord.MemberPlanned(node, new MemberPlan.Joins(founder.host(), founder.port())));
            }
        }
        return image;
    }

    private static ClusterImage goingOn(ClusterImage before, Restoration by) {
        ClusterImage image = before.evolve(
                        new MetadataRecord.StreamIdsReserved(by.goesOnAt(before.nextStream(), ID_RANGE)))
                .evolve(new MetadataRecord.ProducerIdsReserved(by.goesOnAt(before.nextProducer(), ID_RANGE)));
        for (ClusterNode node : List.copyOf(before.nodes())) {
            image = image.evolve(new MetadataRecord.NodeRemoved(node.id()));
        }
        for (NodeId drained : before.drained()) {
            image = image.evolve(new MetadataRecord.NodeDrained(drained, false));
        }
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            CellId id = new CellId(cell);
            image = image.evolve(new MetadataRecord.CellOwned(
                    id, null, goingOn(before.cell(id).epoch(), by)));
        }
        for (Map.Entry<TopicId, FeedOwnership> feed : before.tables().feeds().entrySet()) {
            image = image.evolve(new MetadataRecord.Tables(new TableRecord.FeedOwned(
                    feed.getKey(),
                    feed.getValue().owner(),
                    goingOn(feed.getValue().epoch(), by))));
        }
        for (Topic topic : before.topics()) {
            image = image.evolve(new MetadataRecord.TopicWritten(goingOn(topic, by)));
        }
        for (TenantId tenant : tenants(before)) {
            long next = by.goesOnAt(before.schemas().of(tenant).nextId(), SCHEMA_RANGE);
            // Who imported the highest ids of all gets none behind them, rather than one of before.
            int later = (int) Math.min(next, Integer.MAX_VALUE);
            image = image.evolve(new MetadataRecord.Schemas(new SchemaRecord.SchemaIdsReserved(tenant, later)));
        }
        return image.beginningAnew().atVersion(by.goesOnAt(before.version(), VERSION_RANGE));
    }

    /** A stream that moved after the backup had a later incarnation: clients that saw it refuse an earlier one. */
    private static Topic goingOn(Topic before, Restoration by) {
        List<PartitionBlock> blocks = before.blocks().stream()
                .map(block -> new PartitionBlock(
                        block.firstPartition(),
                        block.count(),
                        block.firstStream(),
                        block.shard(),
                        goingOn(block.incarnation(), by)))
                .toList();
        return new Topic(before.id(), before.tenant(), before.name(), blocks, before.overrides(), before.config());
    }

    private static Epoch goingOn(Epoch before, Restoration by) {
        return new Epoch(Math.toIntExact(by.goesOnAt(before.value(), EPOCH_RANGE)));
    }

    /** Also those whose first schema came after the backup. */
    private static Set<TenantId> tenants(ClusterImage image) {
        Set<TenantId> tenants = new LinkedHashSet<>(image.schemas().tenants());
        image.topics().forEach(topic -> tenants.add(topic.tenant()));
        tenants.add(TenantId.DEFAULT);
        return tenants;
    }

    /** The same with so many shards, if it knows fewer: some were added after the backup. */
    public RestoredMetadata withShards(int total) {
        return new RestoredMetadata(
                image.evolve(new MetadataRecord.ShardsAdded(total, List.of())).beginningAnew());
    }

    public MetadataImage image() {
        return image;
    }

    /** Ids of producers below this one were given out, perhaps. */
    public long producersBelow() {
        return image.nextProducer();
    }

    /** Writes it as a snapshot of the metadata group has it. */
    public void writeTo(OutputStream out) throws IOException {
        SnapshotCodec.write(image, out);
    }
}
