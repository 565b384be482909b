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
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.SchemaCommand;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchemaCodecTest extends CodecContract {
    private static final TenantId TENANT = TenantId.DEFAULT;

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

    SchemaCodecTest() {
        super("schema", COMMANDS);
    }

    @Test
    @Tag("long")
    @Tag("long-fuzz")
    void mutatedEntriesAndSnapshotsForLong() throws Exception {
        mutateForLong();
    }

    @Test
    void theCommandsLeaveSubjects() {
        assertThat(image().schemas().subjects(TENANT)).hasSize(3);
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
}
