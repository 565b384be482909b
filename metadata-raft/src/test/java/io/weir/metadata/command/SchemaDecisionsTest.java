package io.weir.metadata.command;

import static io.weir.metadata.command.Cluster.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SchemaDecisionsTest {
    private ClusterImage image = Cluster.of(1).image();

    @Test
    void aSubjectHasAsManyVersionsAsItMay() {
        schema(1, "s");
        subject("full", SchemaCommands.MAX_SUBJECT_VERSIONS - 1);
        accepted(register("full", "one"));
        assertThat(refused(register("full", "one more"))).isEqualTo(Rejection.LIMIT_REACHED);
        accepted(register("full", "one"));
    }

    @Test
    void aTenantHasAsManyVersionsAsItMay() {
        schema(1, "s");
        int subjects = SchemaCommands.MAX_VERSIONS / SchemaCommands.MAX_SUBJECT_VERSIONS;
        for (int i = 1; i < subjects; i++) {
            subject("s" + i, SchemaCommands.MAX_SUBJECT_VERSIONS);
        }
        subject("last", SchemaCommands.MAX_SUBJECT_VERSIONS - 1);
        accepted(register("a", "one"));
        assertThat(refused(register("b", "one more"))).isEqualTo(Rejection.LIMIT_REACHED);
    }

    @Test
    void aTenantHasAsManySubjectsAsItMay() {
        schema(1, "s");
        for (int i = 1; i < SchemaCommands.MAX_SUBJECTS; i++) {
            subject("s" + i, 1);
        }
        accepted(new SchemaCommand.SetLevel(TENANT, "settings only", CompatibilityLevel.NONE));
        assertThat(refused(register("a", "s"))).isEqualTo(Rejection.LIMIT_REACHED);
        assertThat(refused(new SchemaCommand.SetLevel(TENANT, "a", CompatibilityLevel.NONE)))
                .isEqualTo(Rejection.LIMIT_REACHED);
        assertThat(refused(new SchemaCommand.SetMode(TENANT, "a", SubjectMode.READONLY, false)))
                .isEqualTo(Rejection.LIMIT_REACHED);
        accepted(register("s1", "another"));
    }

    @Test
    void aTenantHasAsManyBytesAsItMay() {
        int each = SchemaDefinition.MAX_BYTES - SchemaCommands.DEFINITION_BYTES;
        int count = (int) (SchemaCommands.MAX_TENANT_BYTES / SchemaDefinition.MAX_BYTES);
        for (int i = 1; i < count; i++) {
            schema(i, "%08d".formatted(i) + "x".repeat(each - 8));
        }
        assertThat(refused(register("a", "y".repeat(each + 1)))).isEqualTo(Rejection.LIMIT_REACHED);
        accepted(register("a", "y".repeat(each)));
        assertThat(image.schemas().of(TENANT).bytes()).isEqualTo(SchemaCommands.MAX_TENANT_BYTES);
        assertThat(refused(register("b", "z"))).isEqualTo(Rejection.LIMIT_REACHED);
        accepted(register("b", "y".repeat(each)));
    }

    @Test
    void aSchemaHasAsManyReferencesAsItMay() {
        schema(1, "s");
        subject("base", 1);
        accepted(new SchemaCommand.Register(TENANT, "a", referring(SchemaDefinition.MAX_REFERENCES), revision("a")));
        assertThat(refused(new SchemaCommand.Register(
                        TENANT, "b", referring(SchemaDefinition.MAX_REFERENCES + 1), revision("b"))))
                .isEqualTo(Rejection.INVALID_REQUEST);
    }

    @Test
    void referencesCountAmongTheBytesOfASchema() {
        String text = "x".repeat(SchemaDefinition.MAX_BYTES - 8);
        schema(1, "s");
        subject("base", 1);
        SchemaDefinition fits =
                new SchemaDefinition(SchemaType.AVRO, text, List.of(new SchemaReference("name", "base", 1)));
        SchemaDefinition over =
                new SchemaDefinition(SchemaType.AVRO, text, List.of(new SchemaReference("name1", "base", 1)));
        accepted(new SchemaCommand.Register(TENANT, "a", fits, revision("a")));
        assertThat(refused(new SchemaCommand.Register(TENANT, "a", over, revision("a"))))
                .isEqualTo(Rejection.TOO_LARGE);
    }

    @Test
    void anImportLeavesRoomForIdsAndVersionsAfterIt() {
        accepted(new SchemaCommand.SetMode(TENANT, null, SubjectMode.IMPORT, false));
        assertThat(refused(imported(Integer.MAX_VALUE, 1))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(refused(imported(1, SubjectVersion.MAX_VERSION + 1))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(refused(imported(1, -1))).isEqualTo(Rejection.INVALID_REQUEST);
        accepted(imported(Integer.MAX_VALUE - 1, SubjectVersion.MAX_VERSION));
        accepted(new SchemaCommand.SetMode(TENANT, null, null, false));
        assertThat(refused(register("a", "no version left"))).isEqualTo(Rejection.LIMIT_REACHED);
        assertThat(refused(register("b", "no id left"))).isEqualTo(Rejection.LIMIT_REACHED);
    }

    @Test
    void aReferenceNeedsLegalNames() {
        SchemaDefinition illegal =
                new SchemaDefinition(SchemaType.AVRO, "s", List.of(new SchemaReference("", "base", 1)));
        assertThat(refused(new SchemaCommand.Register(TENANT, "a", illegal, 0))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(refused(new SchemaCommand.DeleteSubject(TENANT, "s".repeat(Subject.MAX_NAME_CHARS + 1), false)))
                .isEqualTo(Rejection.UNKNOWN_SUBJECT);
        assertThat(refused(register("line\nbreak", "s"))).isEqualTo(Rejection.INVALID_REQUEST);
    }

    private static SchemaCommand imported(int id, int version) {
        return new SchemaCommand.Import(TENANT, "a", definition("s"), new SchemaId(id), version);
    }

    private static SchemaDefinition referring(int count) {
        List<SchemaReference> references = Collections.nCopies(count, new SchemaReference("r", "base", 1));
        return new SchemaDefinition(SchemaType.AVRO, "r", references);
    }

    private SchemaCommand register(String subject, String text) {
        return new SchemaCommand.Register(TENANT, subject, definition(text), revision(subject));
    }

    private long revision(String subject) {
        return image.schemas().revision(TENANT, subject);
    }

    private static SchemaDefinition definition(String text) {
        return new SchemaDefinition(SchemaType.AVRO, text, List.of());
    }

    /** A schema as if it had been registered. */
    private void schema(int id, String text) {
        evolve(new SchemaRecord.SchemaIdsReserved(TENANT, id + 1));
        evolve(new SchemaRecord.SchemaWritten(TENANT, new SchemaId(id), definition(text)));
    }

    /** A subject whose versions all have schema 1. */
    private void subject(String name, int versions) {
        SortedMap<Integer, SubjectVersion> numbered = new TreeMap<>();
        for (int i = 1; i <= versions; i++) {
            numbered.put(i, new SubjectVersion(i, new SchemaId(1), false));
        }
        evolve(new SchemaRecord.SubjectWritten(
                TENANT, new Subject(name, numbered, Optional.empty(), Optional.empty(), image.version())));
    }

    private void evolve(SchemaRecord fact) {
        image = image.evolve(new MetadataRecord.Schemas(fact));
    }

    private SchemaResult<?> submit(SchemaCommand command) {
        Cluster cluster = new Cluster(image);
        SchemaResult<?> result = (SchemaResult<?>) cluster.accepted(new MetadataCommand.Schemas(command));
        image = cluster.image();
        return result;
    }

    private void accepted(SchemaCommand command) {
        assertThat(submit(command)).isInstanceOf(SchemaResult.Accepted.class);
    }

    private Rejection refused(SchemaCommand command) {
        ClusterImage before = image;
        SchemaResult<?> result = submit(command);
        assertThat(image).as("a refused command changes nothing").isSameAs(before);
        assertThat(result).isInstanceOf(SchemaResult.Rejected.class);
        return ((SchemaResult.Rejected<?>) result).reason();
    }
}
