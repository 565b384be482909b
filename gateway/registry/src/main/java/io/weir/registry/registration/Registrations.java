package io.weir.registry.registration;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.registry.RegistryConfig;
import io.weir.registry.language.SchemaLanguage;
import java.util.List;
import java.util.Optional;

/**
 * Registers one tenant's schemas, and says what registering would come to.
 *
 * <p>Threading: any thread; every call blocks.
 */
public final class Registrations implements AutoCloseable {
    /** How often a schema is compared again because its subject changed meanwhile. */
    private static final int MAX_ATTEMPTS = 8;

    private final TenantId tenant;
    private final MetadataSource metadata;
    private final SchemaCommands commands;
    private final SchemaReader reader;
    private final Checks checks;
    private final Awaiting awaiting;

    public Registrations(
            TenantId tenant,
            MetadataSource metadata,
            SchemaCommands commands,
            List<SchemaLanguage> languages,
            RegistryConfig config) {
        this.tenant = tenant;
        this.metadata = metadata;
        this.commands = commands;
        this.reader = new SchemaReader(tenant, languages);
        this.checks = new Checks(config.checks(), config.waitingChecks(), config.checkTimeout());
        this.awaiting = new Awaiting(config.commandTimeout());
    }

    /** Makes the schema the subject's next version, unless it is one already. */
    public Registration register(String subject, Submission submission) {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            SchemaImage image = metadata.image().schemas();
            long revision = image.revision(tenant, subject);
            Prepared prepared = checks.run(() -> prepared(image, subject, submission));
            switch (prepared) {
                case Prepared.Refused(Registration refusal) -> {
                    return refusal;
                }
                case Prepared.Ready(SchemaDefinition definition) -> {
                    Registration made = told(awaiting.result(commands.register(tenant, subject, definition, revision)));
                    if (!(made instanceof Registration.Refused refused) || refused.reason() != Rejection.CHANGED) {
                        return made;
                    }
                }
            }
        }
        throw new ServiceException(
                FailureCode.OVERLOADED, "Subject '" + subject + "' changed " + MAX_ATTEMPTS + " times meanwhile");
    }

    /**
     * Brings a schema with its id.
     *
     * @param version from 1, or 0 for the next
     */
    public Registration importSchema(String subject, Submission submission, SchemaId id, int version) {
        SchemaImage image = metadata.image().schemas();
        return switch (checks.run(() -> reader.read(image, submission))) {
            case Reading.Unreadable(String reason) -> new Registration.Invalid(reason);
            case Reading.Understood understood ->
                told(awaiting.result(commands.importSchema(tenant, subject, understood.definition(), id, version)));
        };
    }

    /**
     * Finds a schema under a subject.
     *
     * @param deleted whether versions that are deleted for the time being count
     */
    public Lookup lookup(Subject subject, Submission submission, boolean deleted) {
        SchemaImage image = metadata.image().schemas();
        return switch (checks.run(() -> reader.read(image, submission))) {
            case Reading.Unreadable(String reason) -> new Lookup.Invalid(reason);
            case Reading.Understood understood -> {
                Optional<SchemaId> id = image.idOf(tenant, understood.definition());
                List<SubjectVersion> versions =
                        deleted ? List.copyOf(subject.versions().values()) : subject.live();
                yield versions.reversed().stream()
                        .filter(version -> id.filter(version.id()::equals).isPresent())
                        .findFirst()
                        .<Lookup>map(version -> new Lookup.Found(version, understood.definition()))
                        .orElseGet(Lookup.Absent::new);
            }
        };
    }

    /**
     * Compares a schema with a subject's versions.
     *
     * @param version to be compared with, whatever the level's reach; empty for those that the level asks for
     */
    public Verdict verdict(String subject, Submission submission, Optional<SubjectVersion> version) {
        SchemaImage image = metadata.image().schemas();
        return checks.run(() -> switch (reader.read(image, submission)) {
            case Reading.Unreadable(String reason) -> new Verdict.Invalid(reason);
            case Reading.Understood understood -> {
                CompatibilityLevel level = image.level(tenant, subject);
                List<SubjectVersion> versions =
                        version.map(List::of).orElseGet(() -> Comparison.asked(level, live(image, subject)));
                yield new Verdict.Compared(
                        new Comparison(reader, image, tenant).obstacles(understood, level, versions));
            }
        });
    }

    /** A registered schema in its language's binary form, where it has one. */
    public Optional<String> serialized(SchemaDefinition definition) {
        SchemaImage image = metadata.image().schemas();
        return checks.run(() -> reader.stored(image, definition).serialized());
    }

    @Override
    public void close() {
        checks.close();
    }

    /** What is known before the metadata is asked. */
    private sealed interface Prepared {
        /** It may be registered at the revision that was looked at. */
        record Ready(SchemaDefinition definition) implements Prepared {}

        /** It may not, or need not. */
        record Refused(Registration answer) implements Prepared {}
    }

    private Prepared prepared(SchemaImage image, String subject, Submission submission) {
        return switch (reader.read(image, submission)) {
            case Reading.Unreadable(String reason) -> new Prepared.Refused(new Registration.Invalid(reason));
            case Reading.Understood understood -> {
                if (isThere(image, subject, understood.definition())) {
                    // The metadata answers with what is there, or refuses by its mode.
                    yield new Prepared.Ready(understood.definition());
                }
                CompatibilityLevel level = image.mode(tenant, subject) == SubjectMode.READWRITE
                        ? image.level(tenant, subject)
                        : CompatibilityLevel.NONE;
                List<String> obstacles = new Comparison(reader, image, tenant)
                        .obstacles(understood, level, Comparison.asked(level, live(image, subject)));
                yield obstacles.isEmpty()
                        ? new Prepared.Ready(understood.definition())
                        : new Prepared.Refused(new Registration.Incompatible(obstacles));
            }
        };
    }

    private boolean isThere(SchemaImage image, String subject, SchemaDefinition definition) {
        return image.idOf(tenant, definition)
                .flatMap(id -> image.subject(tenant, subject).flatMap(present -> present.liveVersionOf(id)))
                .isPresent();
    }

    private List<SubjectVersion> live(SchemaImage image, String subject) {
        return image.subject(tenant, subject).map(Subject::live).orElse(List.of());
    }

    private static Registration told(SchemaResult<SubjectVersion> result) {
        return switch (result) {
            case SchemaResult.Accepted<SubjectVersion>(SubjectVersion version) ->
                new Registration.Registered(version.id());
            case SchemaResult.Rejected<SubjectVersion>(Rejection reason, String message) ->
                new Registration.Refused(reason, message);
        };
    }
}
