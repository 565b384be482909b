package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.wire.MalformedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class MetadataCodecTest extends CodecContract {
    private static final TenantId TENANT = TenantId.DEFAULT;

    /** One of each, in the order of their tags. */
    private static final List<MetadataCommand> COMMANDS = List.of(
            new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
            new MetadataCommand.CreateTopic(
                    TENANT, "orders", new TopicId(new UUID(1, 2)), 9, Map.of(TopicConfig.RETENTION_MS, "60000")),
            new MetadataCommand.DeleteTopic(TENANT, new TopicId(new UUID(3, 4))),
            new MetadataCommand.AddPartitions(TENANT, "orders", 12),
            new MetadataCommand.ConfigureTopic(
                    TENANT, "orders", changes(TopicConfig.RETENTION_BYTES, "5", TopicConfig.RETENTION_MS, null), false),
            new MetadataCommand.Configure(new ConfigResource.Group(TENANT, "g\u00e9"), changes("k", "v"), true),
            new MetadataCommand.AllocateProducerIds(1000),
            new MetadataCommand.RegisterNode(new ClusterNode(new NodeId(7), "localhost", 9092)),
            new MetadataCommand.UnregisterNode(new NodeId(8)),
            new MetadataCommand.ExpireNode(new NodeId(9), 42),
            new MetadataCommand.AcquireCell(new CellId(255), new NodeId(7)),
            new MetadataCommand.ResignCell(new CellId(254), new Epoch(3)));

    MetadataCodecTest() {
        super("metadata", COMMANDS);
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void mutatedEntriesAndSnapshotsForLong() throws Exception {
        mutateForLong();
    }

    @Test
    void readsAnEntryInPieces() throws IOException {
        ByteBuffer whole = ByteBuffer.wrap(entry());
        ByteBuffer first = whole.slice(0, 50).asReadOnlyBuffer();
        ByteBuffer second = whole.slice(50, whole.remaining() - 50);
        assertThat(CommandCodec.decode(List.of(first, second))).isEqualTo(COMMANDS);
    }

    @Test
    void restoresNoClusterToo() throws IOException {
        assertThat(restored(snapshot(ClusterImage.EMPTY))).isEqualTo(ClusterImage.EMPTY);
    }

    @Test
    void refusesUnknownVersions() throws IOException {
        byte[] entry = entry();
        entry[0] = 2;
        assertThatThrownBy(() -> CommandCodec.decode(List.of(ByteBuffer.wrap(entry))))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("version 2");
        byte[] snapshot = snapshot(image());
        snapshot[5] = 2;
        assertThatThrownBy(() -> restored(snapshot))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void refusesUnknownTags() {
        byte[] unknown = {19, 0, 0, 0, 0};
        assertThatThrownBy(() -> CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(ByteBuffer.wrap(unknown))))))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("19");
    }
}
