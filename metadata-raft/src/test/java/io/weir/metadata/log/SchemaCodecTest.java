package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.SubjectMode;
import io.weir.metadata.command.Decisions;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.SchemaCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaCodecTest {
    private static final TenantId TENANT = TenantId.DEFAULT;
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final int MUTATED_ENTRIES = 20_000;

    private static final SchemaDefinition BASE = new SchemaDefinition(SchemaType.AVRO, "\"string\"", List.of());
    private static final SchemaDefinition USER = new SchemaDefinition(
            SchemaType.PROTOBUF, "import \"b.proto\"; // \u00e9", List.of(new SchemaReference("b.proto", "base", 1)));

    /** At least one of each. */
    private static final List<MetadataCommand> COMMANDS = List.of(
            new MetadataCommand.CreateCluster("abcdefghijklmnopqrstuv", 2, new Bounds(10, 100, 5)),
            schemas(new SchemaCommand.Register(TENANT, "base", BASE, 0)),
            schemas(new SchemaCommand.Register(TENANT, "orders-value", USER, 0)),
            schemas(new SchemaCommand.SetMode(TENANT, null, SubjectMode.IMPORT, true)),
            schemas(new SchemaCommand.Import(
                    TENANT, "moved", new SchemaDefinition(SchemaType.JSON, "{}", List.of()), new SchemaId(9), 4)),
            schemas(new SchemaCommand.SetMode(TENANT, null, null, false)),
            schemas(new SchemaCommand.SetLevel(TENANT, null, CompatibilityLevel.FULL)),
            schemas(new SchemaCommand.SetLevel(TENANT, "base", CompatibilityLevel.NONE)),
            schemas(new SchemaCommand.SetLevel(TENANT, "base", null)),
            schemas(new SchemaCommand.DeleteVersion(TENANT, "moved", 4, false)),
            schemas(new SchemaCommand.DeleteSubject(TENANT, "orders-value", false)),
            schemas(new SchemaCommand.SetMode(TENANT, "base", SubjectMode.READONLY, false)));

    private static MetadataCommand schemas(SchemaCommand command) {
        return new MetadataCommand.Schemas(command);
    }

    @Test
    void readsWhatItWrote() throws IOException {
        assertThat(CommandCodec.decode(List.of(entry()))).isEqualTo(COMMANDS);
    }

    @Test
    void entryBytesAreAsDocumented() throws IOException {
        assertThat(hex(bytes(entry()))).isEqualTo(golden("schema-entry-v1.hex"));
    }

    @Test
    void snapshotBytesAreAsDocumented() throws IOException {
        assertThat(hex(snapshot(image()))).isEqualTo(golden("schema-snapshot-v1.hex"));
    }

    @Test
    void restoresAnEqualImage() throws IOException {
        ClusterImage image = image();
        assertThat(image.schemas().subjects(TENANT)).hasSize(3);
        ClusterImage restored = SnapshotCodec.read(new ByteArrayInputStream(snapshot(image)));
        assertThat(restored).isEqualTo(image);
        assertThat(snapshot(restored)).isEqualTo(snapshot(image));
    }

    @ParameterizedTest
    @EnumSource(CompatibilityLevel.class)
    void keepsEveryLevel(CompatibilityLevel level) throws IOException {
        MetadataCommand command = schemas(new SchemaCommand.SetLevel(TENANT, "s", level));
        assertThat(decoded(command)).containsExactly(command);
    }

    @ParameterizedTest
    @EnumSource(SubjectMode.class)
    void keepsEveryMode(SubjectMode mode) throws IOException {
        MetadataCommand command = schemas(new SchemaCommand.SetMode(TENANT, "s", mode, true));
        assertThat(decoded(command)).containsExactly(command);
    }

    @Test
    void keepsTheLargestSchema() throws IOException {
        SchemaDefinition largest =
                new SchemaDefinition(SchemaType.JSON, "x".repeat(SchemaDefinition.MAX_BYTES), List.of());
        MetadataCommand command = schemas(new SchemaCommand.Register(TENANT, "s", largest, 1));
        assertThat(decoded(command)).containsExactly(command);
    }

    @Test
    void refusesUnknownTagsTypesLevelsAndModes() {
        for (int tag : new int[] {SchemaCommandCodec.FIRST_TAG - 1, SchemaCommandCodec.LAST_TAG + 1}) {
            assertThatThrownBy(
                            () -> decode(new WireWriter(16).u8(tag).string("t").string("s")))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining(String.valueOf(tag));
            WireReader in =
                    new WireReader(new WireWriter(16).u8(tag).string("t").view());
            assertThatThrownBy(() -> RecordCodec.decode(in))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining(String.valueOf(tag));
        }
        assertThatThrownBy(() -> decode(
                        new WireWriter(16).u8(40).string("t").string("s").u8(4).i32(0)))
                .hasMessageContaining("type of schema 4");
        assertThatThrownBy(() -> decode(
                        new WireWriter(16).u8(44).string("t").u8(1).string("s").u8(8)))
                .hasMessageContaining("level 8");
        assertThatThrownBy(() -> decode(new WireWriter(16)
                        .u8(45)
                        .string("t")
                        .u8(1)
                        .string("s")
                        .u8(5)
                        .u8(0)))
                .hasMessageContaining("mode 5");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
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
            ClusterImage image = evolved(commands);
            assertThat(SnapshotCodec.read(new ByteArrayInputStream(snapshot(image))))
                    .isEqualTo(image);
        }
    }

    private static List<MetadataCommand> decoded(MetadataCommand command) throws IOException {
        return CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(CommandCodec.encode(command)))));
    }

    private static List<MetadataCommand> decode(WireWriter command) throws IOException {
        return CommandCodec.decode(List.of(CommandCodec.entry(0, List.of(command.view()))));
    }

    private static ClusterImage image() {
        return evolved(COMMANDS);
    }

    private static ClusterImage evolved(List<MetadataCommand> commands) {
        ClusterImage image = ClusterImage.EMPTY;
        for (MetadataCommand command : commands) {
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
        SnapshotCodec.write(image, out);
        return out.toByteArray();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static String golden(String name) throws IOException {
        return Files.readString(GOLDEN.resolve(name), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    }
}
