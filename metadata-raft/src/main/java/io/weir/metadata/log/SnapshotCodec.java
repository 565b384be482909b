package io.weir.metadata.log;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableImage;
import io.weir.metadata.image.CatalogTable;
import io.weir.metadata.image.Catalogs;
import io.weir.metadata.image.CellOwnership;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.FeedOwnership;
import io.weir.metadata.image.RegisteredNode;
import io.weir.metadata.image.TenantSchemas;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.MoveRecord;
import io.weir.metadata.record.SchemaRecord;
import io.weir.metadata.record.TableRecord;
import io.weir.metadata.wire.ChecksummedInput;
import io.weir.metadata.wire.ChecksummedOutput;
import io.weir.metadata.wire.WireReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * An image as the shortest list of records that makes it: see {@code docs/formats/metadata-snapshot.md}. Equal images
 * have equal bytes.
 */
public final class SnapshotCodec {
    /** "WMDS". */
    static final int MAGIC = 0x574D4453;

    /** The only version there is. */
    static final int VERSION = 1;

    private SnapshotCodec() {}

    /**
     * Writes the image.
     *
     * @return how many bytes
     */
    public static long write(ClusterImage image, OutputStream stream) throws IOException {
        ChecksummedOutput out = new ChecksummedOutput(stream);
        out.next().i32(MAGIC).u16(VERSION).i64(image.version());
        if (image.exists()) {
            record(
                    out,
                    new MetadataRecord.ClusterCreated(
                            image.clusterId(),
                            image.shardsAtFirst(),
                            image.identity().bounds()));
        }
        for (MetadataRecord.ShardsAdded shards : image.added().values()) {
            record(out, shards);
        }
        record(out, new MetadataRecord.StreamIdsReserved(image.nextStream()));
        record(out, new MetadataRecord.ProducerIdsReserved(image.nextProducer()));
        for (Topic topic : image.topics()) {
            record(out, new MetadataRecord.TopicWritten(topic));
        }
        for (Map.Entry<String, ? extends Map<String, Map<String, String>>> tenant :
                image.resources().entrySet()) {
            for (Map.Entry<String, Map<String, String>> group :
                    tenant.getValue().entrySet()) {
                ConfigResource resource = new ConfigResource.Group(new TenantId(tenant.getKey()), group.getKey());
                record(out, new MetadataRecord.ResourceConfigured(resource, group.getValue()));
            }
        }
        for (RegisteredNode node : image.nodeTable().values()) {
            record(out, new MetadataRecord.NodeRegistered(node.node(), node.registration()));
        }
        for (Map.Entry<Integer, CellOwnership> cell : image.cells().entrySet()) {
            record(
                    out,
                    new MetadataRecord.CellOwned(
                            new CellId(cell.getKey()),
                            cell.getValue().owner(),
                            cell.getValue().epoch()));
        }
        for (Map.Entry<Integer, MemberPlan> member : image.members().entrySet()) {
            record(out, new MetadataRecord.MemberPlanned(new NodeId(member.getKey()), member.getValue()));
        }
        for (NodeId node : inOrder(image.drained())) {
            record(out, new MetadataRecord.NodeDrained(node, true));
        }
        for (StreamMove move : image.moves()) {
            record(out, new MetadataRecord.Moves(new MoveRecord.MoveWritten(move)));
        }
        tables(out, image.tables());
        for (TenantId tenant : image.schemas().tenants()) {
            schemas(out, tenant, image.schemas().of(tenant));
        }
        out.next().u8(0);
        return out.finish();
    }

    /**
     * Reads an image.
     *
     * @throws io.weir.metadata.wire.MalformedException when it is damaged or of an unknown version
     */
    public static ClusterImage read(InputStream stream) throws IOException {
        WireReader in = ChecksummedInput.open(stream, MAGIC, VERSION);
        long version = in.i64();
        ClusterImage image = ClusterImage.EMPTY;
        while (in.peek() != 0) {
            image = image.evolve(RecordCodec.decode(in));
        }
        in.u8();
        in.end();
        return image.atVersion(version);
    }

    private static List<NodeId> inOrder(Collection<NodeId> nodes) {
        return nodes.stream().sorted(Comparator.comparingInt(NodeId::value)).toList();
    }

    private static void tables(ChecksummedOutput out, Catalogs tables) throws IOException {
        for (Map.Entry<String, Catalogs.TenantCatalog> tenant :
                tables.byTenant().entrySet()) {
            for (Namespace namespace : tenant.getValue().namespaces().values()) {
                record(out, new TableRecord.NamespaceWritten(new TenantId(tenant.getKey()), namespace));
            }
        }
        for (CatalogTable table : tables.byId().values()) {
            record(out, table.written());
            if (table.fed()) {
                record(out, new TableRecord.WatermarkMoved(table.id(), table.watermark()));
            }
        }
        for (TableImage.DroppedTable left : tables.filesLeft().values()) {
            record(out, new TableRecord.FilesLeft(left.table(), left.location()));
        }
        for (Map.Entry<TopicId, FeedOwnership> feed : tables.feeds().entrySet()) {
            record(
                    out,
                    new TableRecord.FeedOwned(
                            feed.getKey(),
                            feed.getValue().owner(),
                            feed.getValue().epoch()));
        }
    }

    private static void schemas(ChecksummedOutput out, TenantId tenant, TenantSchemas schemas) throws IOException {
        if (schemas.settings().revision() > 0) {
            record(out, new SchemaRecord.SettingsWritten(tenant, schemas.settings()));
        }
        record(out, new SchemaRecord.SchemaIdsReserved(tenant, schemas.nextId()));
        for (Map.Entry<SchemaId, SchemaDefinition> schema :
                schemas.definitions().entrySet()) {
            record(out, new SchemaRecord.SchemaWritten(tenant, schema.getKey(), schema.getValue()));
        }
        for (Subject subject : schemas.subjects().values()) {
            record(out, new SchemaRecord.SubjectWritten(tenant, subject));
        }
    }

    private static void record(ChecksummedOutput out, TableRecord fact) throws IOException {
        record(out, new MetadataRecord.Tables(fact));
    }

    private static void record(ChecksummedOutput out, SchemaRecord fact) throws IOException {
        record(out, new MetadataRecord.Schemas(fact));
    }

    private static void record(ChecksummedOutput out, MetadataRecord fact) throws IOException {
        RecordCodec.encode(out.next(), fact);
        out.piece();
    }
}
