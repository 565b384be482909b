package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.log.SnapshotCodec;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class RestoredMetadataTest {
    private static final NodeId NODE = new NodeId(3);
    private static final CellId CELL = new CellId(7);

    private final ClusterImage lost = ClusterImage.EMPTY
            .evolve(new MetadataRecord.ClusterCreated("the-cluster", 2, new Bounds(10, 100, 10)))
            .evolve(new MetadataRecord.StreamIdsReserved(40))
            .evolve(new MetadataRecord.ProducerIdsReserved(2000))
            .evolve(new MetadataRecord.NodeRegistered(new ClusterNode(NODE, "127.0.0.1", 9092), 1))
            .evolve(new MetadataRecord.CellOwned(CELL, NODE, new Epoch(5)))
            .evolve(new MetadataRecord.NodeDrained(NODE, true))
            .evolve(new MetadataRecord.Schemas(new SchemaRecord.SchemaIdsReserved(TenantId.DEFAULT, 12)));

    private ClusterImage restored() throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        SnapshotCodec.write(lost, copy);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RestoredMetadata.read(new ByteArrayInputStream(copy.toByteArray())).writeTo(out);
        return SnapshotCodec.read(new ByteArrayInputStream(out.toByteArray()));
    }

    @Test
    void itIsTheSameCluster() throws IOException {
        assertThat(restored().identity()).isEqualTo(lost.identity());
        assertThat(restored().version()).isGreaterThan(lost.version());
    }

    @Test
    void noNumberIsGivenOutTwice() throws IOException {
        ClusterImage restored = restored();

        assertThat(restored.nextStream()).isEqualTo(40 + (1L << 32));
        assertThat(restored.nextProducer()).isEqualTo(2000 + (1L << 32));
        assertThat(restored.schemas().of(TenantId.DEFAULT).nextId()).isEqualTo(10_012);
        assertThat(restored.cell(CELL).epoch().value()).isEqualTo(5 + (1 << 20));
        assertThat(restored.cell(new CellId(8)).epoch().value()).isEqualTo(1 << 20);
    }

    @Test
    void nobodyHoldsALease() throws IOException {
        assertThat(restored().nodes()).isEmpty();
        assertThat(restored().cell(CELL).owner()).isNull();
        assertThat(restored().drained()).isEmpty();
    }

    @Test
    void refusesWhatIsDamaged() throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        SnapshotCodec.write(lost, copy);
        byte[] bytes = copy.toByteArray();
        bytes[bytes.length / 2] ^= 1;

        assertThatThrownBy(() -> RestoredMetadata.read(new ByteArrayInputStream(bytes)))
                .isInstanceOf(IOException.class);
    }
}
