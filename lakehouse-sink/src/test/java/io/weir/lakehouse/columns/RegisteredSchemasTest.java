package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaResult.Accepted;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.lakehouse.columns.SchemasById.Found;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegisteredSchemasTest {
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final RegisteredSchemas schemas =
            new RegisteredSchemas(TenantId.DEFAULT, () -> metadata.image().schemas());

    private int register(String subject, SchemaType type, String text, SchemaReference... references) {
        SchemaDefinition definition = new SchemaDefinition(type, text, List.of(references));
        long revision = metadata.image().schemas().revision(TenantId.DEFAULT, subject);
        return ((Accepted<SubjectVersion>) metadata.schemas()
                        .register(TenantId.DEFAULT, subject, definition, revision)
                        .join())
                .value()
                .id()
                .value();
    }

    private static String named(String name, String fieldType) {
        return "{\"type\":\"record\",\"name\":\"" + name + "\",\"fields\":[{\"name\":\"f\",\"type\":\"" + fieldType
                + "\"}]}";
    }

    @Test
    void aSchemaComesWithAllThatItUsesInOrder() {
        // Given a diamond
        register("a", SchemaType.AVRO, named("A", "int"));
        register("b", SchemaType.AVRO, named("B", "A"), new SchemaReference("A", "a", 1));
        register("c", SchemaType.AVRO, named("C", "A"), new SchemaReference("A", "a", 1));
        int id = register(
                "d",
                SchemaType.AVRO,
                "[\"B\",\"C\"]",
                new SchemaReference("B", "b", 1),
                new SchemaReference("C", "c", 1));

        // When
        Found found = schemas.schema(id);

        // Then
        assertThat(found)
                .isEqualTo(
                        new Found.Avro("[\"B\",\"C\"]", List.of(named("A", "int"), named("B", "A"), named("C", "A"))));
        assertThat(new AvroSchemas(schemas).known(id)).isInstanceOf(AvroSchemas.Known.Usable.class);
    }

    @Test
    void whatIsNotThereOrNotAvroIsToldApart() {
        int id = register("p", SchemaType.PROTOBUF, "message M {}");
        assertThat(schemas.schema(id)).isEqualTo(new Found.OtherKind("protobuf"));
        assertThat(schemas.schema(id + 1)).isEqualTo(new Found.Missing());
        assertThat(schemas.schema(0)).isEqualTo(new Found.Missing());
        assertThat(schemas.schema(Integer.MIN_VALUE)).isEqualTo(new Found.Missing());
        assertThat(new RegisteredSchemas(
                                new TenantId("other"), () -> metadata.image().schemas())
                        .schema(id))
                .isEqualTo(new Found.Missing());
    }

    @Test
    void aChainOfReferencesIsBounded() {
        // Given
        int id = register("s0", SchemaType.AVRO, named("S0", "int"));
        for (int i = 1; i <= RegisteredSchemas.MAX_USED + 1; i++) {
            assertThat(schemas.schema(id)).as("chain of %s", i).isInstanceOf(Found.Avro.class);
            id = register(
                    "s" + i,
                    SchemaType.AVRO,
                    named("S" + i, "S" + (i - 1)),
                    new SchemaReference("S" + (i - 1), "s" + (i - 1), 1));
        }

        // Then
        assertThat(schemas.schema(id)).isInstanceOf(Found.Unreadable.class);
    }
}
