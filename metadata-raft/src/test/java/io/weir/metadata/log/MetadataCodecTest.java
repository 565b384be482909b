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
import io.weir.metadata.command.Decisions;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.testsupport.seed.LongRun;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataCodecTest {
    private static final TenantId TENANT = TenantId.DEFAULT;
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final int MUTATED_ENTRIES = 20_000;
    private static final int MUTATED_SNAPSHOTS = 5_000;

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

    @Test
    void readsWhatItWrote() throws IOException {
        assertThat(CommandCodec.decode(List.of(entry()))).isEqualTo(COMMANDS);
    }

    @Test
    void readsAnEntryInPieces() throws IOException {
        ByteBuffer whole = entry();
        ByteBuffer first = whole.slice(0, 50).asReadOnlyBuffer();
        ByteBuffer second = whole.slice(50, whole.remaining() - 50);
        assertThat(CommandCodec.decode(List.of(first, second))).isEqualTo(COMMANDS);
    }

    @Test
    void entryBytesAreAsDocumented() throws IOException {
        assertThat(hex(entry())).isEqualTo(golden("metadata-entry-v1.hex"));
    }

    @Test
    void snapshotBytesAreAsDocumented() throws IOException {
        assertThat(hex(ByteBuffer.wrap(snapshot(image())))).isEqualTo(golden("metadata-snapshot-v1.hex"));
    }

    @Test
    void restoresAnEqualImage() throws IOException {
        ClusterImage image = image();
        ClusterImage restored = SnapshotCodec.read(new ByteArrayInputStream(snapshot(image)));
        assertThat(restored).isEqualTo(image);
        assertThat(snapshot(restored)).isEqualTo(snapshot(image));
        ClusterImage empty = SnapshotCodec.read(new ByteArrayInputStream(snapshot(ClusterImage.EMPTY)));
        assertThat(empty).isEqualTo(ClusterImage.EMPTY);
    }

    @Test
    void refusesUnknownVersions() throws IOException {
        byte[] entry = bytes(entry());
        entry[0] = 2;
        assertThatThrownBy(() -> CommandCodec.decode(List.of(ByteBuffer.wrap(entry))))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("version 2");
        byte[] snapshot = snapshot(image());
        snapshot[5] = 2;
        assertThatThrownBy(() -> SnapshotCodec.read(new ByteArrayInputStream(snapshot)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void refusesUnknownTags() {
        byte[] unknown = {13, 0, 0, 0, 0};
        assertThatThrownBy(() -> CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(ByteBuffer.wrap(unknown))))))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("13");
    }

    @Test
    void refusesEveryTruncationOfAnEntryAndOfASnapshot() throws IOException {
        byte[] entry = bytes(entry());
        for (int length = 0; length < entry.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(entry, 0, length);
            assertThatThrownBy(() -> CommandCodec.decode(List.of(cut))).isInstanceOf(MalformedException.class);
        }
        byte[] snapshot = snapshot(image());
        for (int length = 0; length < snapshot.length; length++) {
            ByteArrayInputStream cut = new ByteArrayInputStream(snapshot, 0, length);
            assertThatThrownBy(() -> SnapshotCodec.read(cut)).isInstanceOf(MalformedException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMutatedEntryIsRefusedOrDecidable(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] original = bytes(entry());
        for (int round = 0; round < MUTATED_ENTRIES; round++) {
            byte[] mutated = original.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            List<MetadataCommand> commands;
            try {
                commands = CommandCodec.decode(List.of(ByteBuffer.wrap(mutated)));
            } catch (MalformedException refused) {
                continue;
            }
            ClusterImage image = ClusterImage.EMPTY;
            for (MetadataCommand command : commands) {
                for (MetadataRecord fact : Decisions.decide(image, command).records()) {
                    image = image.evolve(fact);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMutatedSnapshotIsRefused(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] original = snapshot(image());
        for (int round = 0; round < MUTATED_SNAPSHOTS; round++) {
            byte[] mutated = original.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> SnapshotCodec.read(new ByteArrayInputStream(mutated)))
                    .isInstanceOf(MalformedException.class);
        }
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void mutatedEntriesAndSnapshotsForLong() throws Exception {
        LongRun.of("MetadataCodecTest").run("mutated entries and snapshots", seed -> {
            aMutatedEntryIsRefusedOrDecidable(seed);
            aMutatedSnapshotIsRefused(seed);
            return MUTATED_ENTRIES + MUTATED_SNAPSHOTS;
        });
    }

    private static ClusterImage image() {
        ClusterImage image = ClusterImage.EMPTY;
        for (MetadataCommand command : COMMANDS) {
            for (MetadataRecord fact : Decisions.decide(image, command).records()) {
                image = image.evolve(fact);
            }
        }
        return image;
    }

    private static ByteBuffer entry() {
        return CommandCodec.entry(
                1_800_000_000_000L, COMMANDS.stream().map(CommandCodec::encode).toList());
    }

    private static byte[] snapshot(ClusterImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long written = SnapshotCodec.write(image, out);
        assertThat(written).isEqualTo(out.size());
        return out.toByteArray();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static String hex(ByteBuffer buffer) {
        return HexFormat.of().formatHex(bytes(buffer));
    }

    private static String golden(String name) throws IOException {
        return Files.readString(GOLDEN.resolve(name), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    }

    private static SortedMap<String, @Nullable String> changes(@Nullable String... pairs) {
        SortedMap<String, @Nullable String> changes = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            changes.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return changes;
    }
}
