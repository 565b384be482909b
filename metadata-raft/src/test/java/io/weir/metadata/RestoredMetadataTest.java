package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.FeedOwnership;
import io.weir.metadata.log.SnapshotCodec;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import io.weir.metadata.record.TableRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RestoredMetadataTest {
    private static final NodeId NODE = new NodeId(3);
    private static final CellId CELL = new CellId(7);
    private static final TopicId FED = new TopicId(new UUID(5, 6));

    private static final List<Peer> FOUNDERS = List.of(peer(2), peer(NODE.value()));

    private final ClusterImage lost = ClusterImage.EMPTY
            .evolve(new MetadataRecord.ClusterCreated("the-cluster", 2, new Bounds(10, 100, 10)))
            .evolve(new MetadataRecord.StreamIdsReserved(40))
            .evolve(new MetadataRecord.ProducerIdsReserved(2000))
            .evolve(new MetadataRecord.NodeRegistered(new ClusterNode(NODE, "127.0.0.1", 9092), 1))
            .evolve(new MetadataRecord.CellOwned(CELL, NODE, new Epoch(5)))
            .evolve(new MetadataRecord.NodeDrained(NODE, true))
            .evolve(new MetadataRecord.MemberPlanned(NODE, new MemberPlan.Leaves()))
            .evolve(new MetadataRecord.MemberPlanned(new NodeId(8), new MemberPlan.Leaves()))
            .evolve(new MetadataRecord.ShardsAdded(3, List.of(new Peer(new PeerId(NODE, 9), "127.0.0.1", 7403))))
            .evolve(new MetadataRecord.Tables(new TableRecord.FeedOwned(FED, NODE, new Epoch(9))))
            .evolve(new MetadataRecord.Schemas(new SchemaRecord.SchemaIdsReserved(TenantId.DEFAULT, 12)));

    private static Peer peer(int node) {
        return new Peer(new PeerId(new NodeId(node), 2), "127.0.0.1", 7000 + node);
    }

    private ClusterImage restored(Restoration by) throws IOException {
        return restored(lost, by);
    }

    private static ClusterImage restored(ClusterImage lost, Restoration by) throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        SnapshotCodec.write(lost, copy);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RestoredMetadata.read(new ByteArrayInputStream(copy.toByteArray()), by, FOUNDERS)
                .writeTo(out);
        return SnapshotCodec.read(new ByteArrayInputStream(out.toByteArray()));
    }

    @Test
    void itIsTheSameCluster() throws IOException {
        assertThat(restored(new Restoration(1)).identity()).isEqualTo(lost.identity());
        assertThat(restored(new Restoration(1)).version()).isGreaterThan(lost.version());
    }

    @Test
    void noNumberIsGivenOutTwice() throws IOException {
        ClusterImage restored = restored(new Restoration(1));

        assertThat(restored.nextStream()).isEqualTo(1L << 32);
        assertThat(restored.nextProducer()).isEqualTo(1L << 32);
        assertThat(restored.schemas().of(TenantId.DEFAULT).nextId()).isEqualTo(1 << 19);
        assertThat(restored.cell(CELL).epoch().value()).isEqualTo(1 << 20);
        assertThat(restored.cell(new CellId(8)).epoch().value()).isEqualTo(1 << 20);
        assertThat(restored.tables().feeds().get(FED)).isEqualTo(new FeedOwnership(NODE, new Epoch(1 << 20)));
        assertThat(restored.version()).isBetween(1L << 40, (1L << 40) + 10);
    }

    /** Two restores of one backup: what the life between them gave out is in no backup. */
    @Test
    void norOneThatAnEarlierRestoreGaveOut() throws IOException {
        ClusterImage restored = restored(new Restoration(2));

        assertThat(restored.nextStream()).isEqualTo(2L << 32);
        assertThat(restored.nextProducer()).isEqualTo(2L << 32);
        assertThat(restored.schemas().of(TenantId.DEFAULT).nextId()).isEqualTo(2 << 19);
        assertThat(restored.cell(CELL).epoch().value()).isEqualTo(2 << 20);
        assertThat(restored.tables().feeds().get(FED)).isEqualTo(new FeedOwnership(NODE, new Epoch(2 << 20)));
        assertThat(restored.version()).isGreaterThanOrEqualTo(2L << 40);
    }

    /** Its first schema was registered after the backup, and records carry the id. */
    @Test
    void aTenantWithoutASchemaInTheBackupDoesNotBeginAgain() throws IOException {
        TenantId other = new TenantId("other");
        PartitionBlock block = new PartitionBlock(0, 1, new StreamId(3), new ShardId(0), new Epoch(0));
        Topic topic =
                new Topic(new TopicId(new UUID(1, 2)), other, "orders", List.of(block), Map.of(), TopicConfig.DEFAULT);
        ClusterImage without = ClusterImage.EMPTY
                .evolve(new MetadataRecord.ClusterCreated("the-cluster", 2, new Bounds(10, 100, 10)))
                .evolve(new MetadataRecord.TopicWritten(topic));

        ClusterImage restored = restored(without, new Restoration(1));

        assertThat(restored.schemas().of(TenantId.DEFAULT).nextId()).isEqualTo(1 << 19);
        assertThat(restored.schemas().of(other).nextId()).isEqualTo(1 << 19);
    }

    /** One that moved after the backup had a later one than that: a client that has seen it takes no earlier one. */
    @Test
    void everyStreamIsOfALaterIncarnation() throws IOException {
        List<PartitionBlock> blocks = List.of(
                new PartitionBlock(0, 2, new StreamId(3), new ShardId(0), new Epoch(0)),
                new PartitionBlock(2, 1, new StreamId(5), new ShardId(1), new Epoch(7)));
        Topic topic = new Topic(
                new TopicId(new UUID(1, 2)), TenantId.DEFAULT, "moved", blocks, Map.of(), TopicConfig.DEFAULT);

        Topic restored = restored(lost.evolve(new MetadataRecord.TopicWritten(topic)), new Restoration(1))
                .topic(topic.id())
                .orElseThrow();

        assertThat(restored.location(1))
                .contains(new StreamLocation(new StreamId(4), new ShardId(0), new Epoch(1 << 20)));
        assertThat(restored.location(2))
                .contains(new StreamLocation(new StreamId(5), new ShardId(1), new Epoch(1 << 20)));
    }

    @Test
    void importedSchemasAreNotGivenOutAgainEither() throws IOException {
        ClusterImage imported = lost.evolve(
                new MetadataRecord.Schemas(new SchemaRecord.SchemaIdsReserved(TenantId.DEFAULT, 1_000_000)));
        ClusterImage theLast = lost.evolve(new MetadataRecord.Schemas(
                new SchemaRecord.SchemaIdsReserved(TenantId.DEFAULT, Integer.MAX_VALUE - 1)));

        int first = restored(imported, new Restoration(1))
                .schemas()
                .of(TenantId.DEFAULT)
                .nextId();
        int second = restored(imported, new Restoration(2))
                .schemas()
                .of(TenantId.DEFAULT)
                .nextId();

        assertThat(first).isGreaterThan(1_000_000);
        assertThat(second).isEqualTo(first + (1 << 19));
        assertThat(restored(theLast, new Restoration(1))
                        .schemas()
                        .of(TenantId.DEFAULT)
                        .nextId())
                .as("none is left")
                .isEqualTo(Integer.MAX_VALUE);
    }

    /** It left the lost cluster: by that plan it would be taken out of the restored one. */
    @Test
    void aFounderThatHadLeftHasComeBack() throws IOException {
        assertThat(restored(new Restoration(1)).members())
                .containsEntry(NODE.value(), new MemberPlan.Joins("127.0.0.1", 7003))
                .containsEntry(8, new MemberPlan.Leaves())
                .hasSize(2);
    }

    @Test
    void nobodyHoldsALease() throws IOException {
        assertThat(restored(new Restoration(1)).nodes()).isEmpty();
        assertThat(restored(new Restoration(1)).cell(CELL).owner()).isNull();
        assertThat(restored(new Restoration(1)).drained()).isEmpty();
    }

    @Test
    void everyShardIsThereAndBeginsWithWhomeverTheNewClusterDoes() throws IOException {
        assertThat(restored(new Restoration(1)).shardCount()).isEqualTo(3);
        assertThat(restored(new Restoration(1)).shardsAtFirst()).isEqualTo(3);
        assertThat(restored(new Restoration(1)).foundersOf(new ShardId(2))).isEmpty();
    }

    @Test
    void shardsThatWereAddedAfterTheBackupAreThereToo() throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        SnapshotCodec.write(lost, copy);
        RestoredMetadata restored =
                RestoredMetadata.read(new ByteArrayInputStream(copy.toByteArray()), new Restoration(1), FOUNDERS);
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        restored.withShards(5).writeTo(out);

        ClusterImage image = SnapshotCodec.read(new ByteArrayInputStream(out.toByteArray()));
        assertThat(image.shardCount()).isEqualTo(5);
        assertThat(image.shardsAtFirst()).isEqualTo(5);
        assertThat(restored.withShards(2).image().shardCount()).isEqualTo(3);
    }

    @Test
    void refusesWhatIsDamaged() throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        SnapshotCodec.write(lost, copy);
        byte[] bytes = copy.toByteArray();
        bytes[bytes.length / 2] ^= 1;

        assertThatThrownBy(() -> RestoredMetadata.read(new ByteArrayInputStream(bytes), new Restoration(1), FOUNDERS))
                .isInstanceOf(IOException.class);
    }
}
