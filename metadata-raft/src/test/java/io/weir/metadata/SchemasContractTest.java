package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaImage.Usage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the schema ports promise, asked of the metadata group and of the fake that other modules are tested with. */
class SchemasContractTest {
    private static final TenantId TENANT = TenantId.DEFAULT;
    private static final SchemaDefinition STRING = avro("\"string\"");
    private static final SchemaDefinition LONG = avro("\"long\"");

    @Nested
    class OfTheGroup extends Contract {
        OfTheGroup() {
            super(Ports.ofTheGroup());
        }
    }

    @Nested
    class OfTheFake extends Contract {
        OfTheFake() {
            super(Ports.ofTheFake());
        }
    }

    private static SchemaDefinition avro(String text, SchemaReference... references) {
        return new SchemaDefinition(SchemaType.AVRO, text, List.of(references));
    }

    abstract static class Contract {
        private final Ports ports;

        Contract(Ports ports) {
            this.ports = ports;
        }

        @AfterEach
        void stop() {
            ports.stop().run();
        }

        private SchemaCommands commands() {
            return ports.schemas();
        }

        private SchemaImage image() {
            return ports.source().image().schemas();
        }

        private SchemaResult<SubjectVersion> register(String subject, SchemaDefinition definition) {
            return commands()
                    .register(TENANT, subject, definition, image().revision(TENANT, subject))
                    .join();
        }

        private Subject subject(String name) {
            return image().subject(TENANT, name).orElse(Subject.empty(name));
        }

        @Test
        void numbersVersionsPerSubjectAndSharesIdsOfEqualSchemas() {
            assertThat(accepted(register("a", STRING))).isEqualTo(version(1, 1));
            assertThat(accepted(register("a", LONG))).isEqualTo(version(2, 2));
            assertThat(accepted(register("b", LONG))).isEqualTo(version(1, 2));
            assertThat(image().schema(TENANT, new SchemaId(2))).contains(LONG);
            assertThat(image().idOf(TENANT, STRING)).contains(new SchemaId(1));
            assertThat(image().usages(TENANT, new SchemaId(2)))
                    .containsExactly(new Usage("a", version(2, 2)), new Usage("b", version(1, 2)));
            assertThat(image().subjects(TENANT)).extracting(Subject::name).containsExactly("a", "b");
            assertThat(image().schema(new TenantId("other"), new SchemaId(1))).isEmpty();
            assertThat(image().subjects(new TenantId("other"))).isEmpty();
        }

        @Test
        void aSchemaThatIsThereStaysAsItIsWhateverTheRevision() {
            accepted(register("a", STRING));
            long before = image().revision(TENANT, "a");
            assertThat(accepted(commands().register(TENANT, "a", STRING, -1).join()))
                    .isEqualTo(version(1, 1));
            assertThat(image().revision(TENANT, "a")).isEqualTo(before);
        }

        @Test
        void refusesWhatWasCheckedBeforeTheSubjectOrTheSettingsChanged() {
            long atFirst = image().revision(TENANT, "a");
            accepted(register("a", STRING));
            assertRefused(commands().register(TENANT, "a", LONG, atFirst), Rejection.CHANGED);
            long checked = image().revision(TENANT, "a");
            accepted(commands().setLevel(TENANT, null, CompatibilityLevel.NONE).join());
            assertRefused(commands().register(TENANT, "a", LONG, checked), Rejection.CHANGED);
            long again = image().revision(TENANT, "a");
            accepted(register("b", LONG));
            assertThat(accepted(commands().register(TENANT, "a", LONG, again).join()))
                    .isEqualTo(version(2, 2));
        }

        @Test
        void aDeletedVersionCanStillBeReadUntilItIsDeletedPermanently() {
            accepted(register("a", STRING));
            accepted(register("a", LONG));
            assertRefused(commands().deleteVersion(TENANT, "a", 1, true), Rejection.NOT_DELETED);
            assertThat(accepted(commands().deleteVersion(TENANT, "a", 1, false).join()))
                    .isEqualTo(1);
            assertThat(subject("a").live()).containsExactly(version(2, 2));
            assertThat(subject("a").version(1)).contains(new SubjectVersion(1, new SchemaId(1), true));
            assertThat(image().schema(TENANT, new SchemaId(1))).contains(STRING);
            assertThat(image().live(TENANT, new SchemaId(1))).isFalse();
            assertRefused(commands().deleteVersion(TENANT, "a", 1, false), Rejection.DELETED);

            accepted(commands().deleteVersion(TENANT, "a", 1, true).join());
            assertThat(subject("a").version(1)).isEmpty();
            assertThat(image().schema(TENANT, new SchemaId(1))).isEmpty();
            assertRefused(commands().deleteVersion(TENANT, "a", 1, true), Rejection.UNKNOWN_VERSION);
            assertRefused(commands().deleteVersion(TENANT, "b", 1, false), Rejection.UNKNOWN_SUBJECT);
            assertThat(accepted(register("b", STRING)))
                    .as("ids are not used twice")
                    .isEqualTo(version(1, 3));
        }

        @Test
        void aDeletedSchemaThatComesAgainIsANewVersionInPlaceOfTheOldOne() {
            accepted(register("a", STRING));
            accepted(register("a", LONG));
            accepted(commands().deleteVersion(TENANT, "a", 1, false).join());
            assertThat(accepted(register("a", STRING))).isEqualTo(version(3, 1));
            assertThat(subject("a").versions().values()).containsExactly(version(2, 2), version(3, 1));
        }

        @Test
        void aSubjectIsDeletedWithItsSettingsAndThenPermanently() {
            accepted(register("a", STRING));
            accepted(register("a", LONG));
            accepted(register("b", LONG));
            accepted(commands().setLevel(TENANT, "a", CompatibilityLevel.FULL).join());
            assertRefused(commands().deleteSubject(TENANT, "a", true), Rejection.NOT_DELETED);
            assertThat(accepted(commands().deleteSubject(TENANT, "a", false).join()))
                    .containsExactly(1, 2);
            assertThat(subject("a").live()).isEmpty();
            assertThat(subject("a").level()).isEmpty();
            assertRefused(commands().deleteSubject(TENANT, "a", false), Rejection.DELETED);
            assertThat(accepted(commands().deleteSubject(TENANT, "a", true).join()))
                    .containsExactly(1, 2);
            assertThat(image().subject(TENANT, "a")).isEmpty();
            assertThat(image().schema(TENANT, new SchemaId(1))).isEmpty();
            assertThat(image().schema(TENANT, new SchemaId(2))).contains(LONG);
            assertRefused(commands().deleteSubject(TENANT, "a", true), Rejection.UNKNOWN_SUBJECT);
        }

        @Test
        void whatIsReferredToStays() {
            accepted(register("base", STRING));
            SchemaReference reference = new SchemaReference("Base", "base", 1);
            SchemaDefinition user = avro("\"Base\"", reference);
            assertRefused(
                    CompletableFuture.completedFuture(
                            register("user", avro("\"Base\"", new SchemaReference("Base", "base", 2)))),
                    Rejection.UNKNOWN_REFERENCE);
            accepted(register("user", user));
            assertThat(image().referencing(TENANT, "base", 1)).containsExactly(new SchemaId(2));
            assertRefused(commands().deleteVersion(TENANT, "base", 1, false), Rejection.REFERENCED);
            assertRefused(commands().deleteSubject(TENANT, "base", false), Rejection.REFERENCED);

            accepted(commands().deleteSubject(TENANT, "user", false).join());
            accepted(commands().deleteVersion(TENANT, "base", 1, false).join());
            assertRefused(commands().deleteVersion(TENANT, "base", 1, true), Rejection.REFERENCED);
            accepted(commands().deleteSubject(TENANT, "user", true).join());
            accepted(commands().deleteVersion(TENANT, "base", 1, true).join());
            assertThat(image().referencing(TENANT, "base", 1)).isEmpty();
            assertThat(image().subjects(TENANT)).isEmpty();
        }

        @Test
        void aSubjectsSettingsComeBeforeTheTenants() {
            assertThat(image().level(TENANT, "a")).isEqualTo(CompatibilityLevel.BACKWARD);
            assertRefused(commands().setLevel(TENANT, null, null), Rejection.NO_SETTING);
            assertRefused(commands().setLevel(TENANT, "a", null), Rejection.NO_SETTING);
            accepted(commands()
                    .setLevel(TENANT, null, CompatibilityLevel.FORWARD)
                    .join());
            accepted(commands().setLevel(TENANT, "a", CompatibilityLevel.NONE).join());
            assertThat(image().level(TENANT, "a")).isEqualTo(CompatibilityLevel.NONE);
            assertThat(image().level(TENANT, "b")).isEqualTo(CompatibilityLevel.FORWARD);
            assertThat(accepted(commands().setLevel(TENANT, "a", null).join())).isEqualTo(CompatibilityLevel.NONE);
            assertThat(image().level(TENANT, "a")).isEqualTo(CompatibilityLevel.FORWARD);
            assertThat(image().subjects(TENANT)).isEmpty();
            assertThat(image().settings(TENANT).level()).isEqualTo(Optional.of(CompatibilityLevel.FORWARD));
        }

        @Test
        void aReadOnlySubjectChangesInNothingButItsMode() {
            accepted(register("a", STRING));
            accepted(
                    commands().setMode(TENANT, "a", SubjectMode.READONLY, false).join());
            assertRefused(CompletableFuture.completedFuture(register("a", STRING)), Rejection.READ_ONLY);
            assertRefused(commands().deleteVersion(TENANT, "a", 1, false), Rejection.READ_ONLY);
            assertRefused(commands().deleteSubject(TENANT, "a", false), Rejection.READ_ONLY);
            assertRefused(commands().setLevel(TENANT, "a", CompatibilityLevel.NONE), Rejection.READ_ONLY);
            accepted(register("b", STRING));

            accepted(commands()
                    .setMode(TENANT, null, SubjectMode.READONLY_OVERRIDE, false)
                    .join());
            accepted(commands()
                    .setMode(TENANT, "b", SubjectMode.READWRITE, false)
                    .join());
            assertRefused(CompletableFuture.completedFuture(register("b", LONG)), Rejection.READ_ONLY);
            assertRefused(commands().setLevel(TENANT, null, CompatibilityLevel.NONE), Rejection.READ_ONLY);
            assertRefused(
                    commands().setMode(TENANT, "b", SubjectMode.READONLY_OVERRIDE, false), Rejection.INVALID_REQUEST);
            assertThat(accepted(commands().setMode(TENANT, null, null, false).join()))
                    .isEqualTo(SubjectMode.READONLY_OVERRIDE);
            accepted(register("b", LONG));
            assertRefused(commands().setMode(TENANT, null, null, false), Rejection.NO_SETTING);
        }

        @Test
        void importedSchemasKeepTheirIdsAndVersions() {
            assertRefused(commands().importSchema(TENANT, "a", STRING, new SchemaId(7), 3), Rejection.WRONG_MODE);
            accepted(register("full", LONG));
            assertRefused(commands().setMode(TENANT, "full", SubjectMode.IMPORT, false), Rejection.NOT_EMPTY);
            assertRefused(commands().setMode(TENANT, null, SubjectMode.IMPORT, false), Rejection.NOT_EMPTY);
            accepted(commands().setMode(TENANT, null, SubjectMode.IMPORT, true).join());
            assertRefused(CompletableFuture.completedFuture(register("a", STRING)), Rejection.WRONG_MODE);
            SubjectVersion imported = accepted(commands()
                    .importSchema(TENANT, "a", STRING, new SchemaId(7), 3)
                    .join());
            assertThat(imported).isEqualTo(version(3, 7));
            assertThat(accepted(commands()
                            .importSchema(TENANT, "a", STRING, new SchemaId(7), 3)
                            .join()))
                    .isEqualTo(imported);
            assertThat(accepted(commands()
                            .importSchema(TENANT, "a", STRING, new SchemaId(7), 0)
                            .join()))
                    .isEqualTo(imported);
            assertRefused(commands().importSchema(TENANT, "a", STRING, new SchemaId(8), 4), Rejection.TAKEN);
            assertRefused(commands().importSchema(TENANT, "a", avro("1"), new SchemaId(7), 4), Rejection.TAKEN);
            assertRefused(commands().importSchema(TENANT, "a", LONG, new SchemaId(1), 3), Rejection.TAKEN);
            accepted(commands().setMode(TENANT, null, null, false).join());
            assertThat(accepted(register("a", avro("\"int\"")))).isEqualTo(version(4, 8));
        }

        @Test
        void refusesIllegalNamesAndTooMuchText() {
            assertRefused(CompletableFuture.completedFuture(register("", STRING)), Rejection.INVALID_REQUEST);
            String longest = "s".repeat(Subject.MAX_NAME_CHARS);
            assertRefused(
                    CompletableFuture.completedFuture(register(longest + "s", STRING)), Rejection.INVALID_REQUEST);
            accepted(register(longest, STRING));
            accepted(register("a", avro("x".repeat(SchemaDefinition.MAX_BYTES))));
            assertRefused(
                    CompletableFuture.completedFuture(register("a", avro("x".repeat(SchemaDefinition.MAX_BYTES + 1)))),
                    Rejection.TOO_LARGE);
        }

        private static SubjectVersion version(int number, int id) {
            return new SubjectVersion(number, new SchemaId(id), false);
        }

        private static <T> T accepted(SchemaResult<T> result) {
            assertThat(result).isInstanceOf(SchemaResult.Accepted.class);
            return ((SchemaResult.Accepted<T>) result).value();
        }

        private void assertRefused(CompletableFuture<? extends SchemaResult<?>> result, Rejection reason) {
            assertThat(result.join())
                    .isInstanceOfSatisfying(
                            SchemaResult.Rejected.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(reason));
        }
    }
}
