package io.weir.metadata;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.log.SnapshotCodec;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * The metadata that a cluster goes on with whose log is lost: a backup of it. Numbers that were given out since the
 * backup are not given out again, and nobody holds a lease.
 *
 * <p>Threading: immutable.
 */
public final class RestoredMetadata {
    /** More ids of streams, or producers, than can have been given out since the backup. */
    private static final long ID_STEP = 1L << 32;
    /** The same for schemas' ids, of which there are only 2³¹. */
    private static final int SCHEMA_STEP = 10_000;
    /** The same for the epochs of a cell: those in the other group's backup may be newer. */
    private static final int EPOCH_STEP = 1 << 20;

    private final ClusterImage image;

    private RestoredMetadata(ClusterImage image) {
        this.image = image;
    }

    /** @throws IOException when the bytes are damaged or of an unknown version */
    public static RestoredMetadata read(InputStream backup) throws IOException {
        return new RestoredMetadata(goingOn(SnapshotCodec.read(backup)));
    }

    private static ClusterImage goingOn(ClusterImage before) {
        ClusterImage image = before.evolve(new MetadataRecord.StreamIdsReserved(before.nextStream() + ID_STEP))
                .evolve(new MetadataRecord.ProducerIdsReserved(before.nextProducer() + ID_STEP));
        for (ClusterNode node : List.copyOf(before.nodes())) {
            image = image.evolve(new MetadataRecord.NodeRemoved(node.id()));
        }
        for (NodeId drained : before.drained()) {
            image = image.evolve(new MetadataRecord.NodeDrained(drained, false));
        }
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            CellId id = new CellId(cell);
            Epoch epoch = new Epoch(before.cell(id).epoch().value() + EPOCH_STEP);
            image = image.evolve(new MetadataRecord.CellOwned(id, null, epoch));
        }
        for (TenantId tenant : before.schemas().tenants()) {
            int next = before.schemas().of(tenant).nextId();
            int later = next > Integer.MAX_VALUE - SCHEMA_STEP ? Integer.MAX_VALUE : next + SCHEMA_STEP;
            image = image.evolve(new MetadataRecord.Schemas(new SchemaRecord.SchemaIdsReserved(tenant, later)));
        }
        return image;
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
