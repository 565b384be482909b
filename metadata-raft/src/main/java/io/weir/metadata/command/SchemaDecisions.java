package io.weir.metadata.command;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.TenantSchemas;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides about commands on one tenant's schemas: pure, and the same on every peer. */
final class SchemaDecisions {
    private final SchemaImage image;
    private final TenantId tenant;
    private final TenantSchemas schemas;
    private final long nextRevision;

    private SchemaDecisions(ClusterImage image, TenantId tenant) {
        this.image = image.schemas();
        this.tenant = tenant;
        this.schemas = image.schemas().of(tenant);
        this.nextRevision = image.version() + 1;
    }

    /** What the command comes to in this image. */
    static Decision<?> decide(ClusterImage image, SchemaCommand command) {
        var violation = SchemaRules.violated(command);
        if (violation.isPresent()) {
            return Decision.accept(violation.get());
        }
        SchemaDecisions decisions = new SchemaDecisions(image, command.tenant());
        return switch (command) {
            case SchemaCommand.Register register -> decisions.register(register);
            case SchemaCommand.Import imported -> decisions.importSchema(imported);
            case SchemaCommand.DeleteVersion delete -> decisions.deleteVersion(delete);
            case SchemaCommand.DeleteSubject delete -> decisions.deleteSubject(delete);
            case SchemaCommand.SetLevel set -> decisions.setLevel(set.subject(), set.level());
            case SchemaCommand.SetMode set -> decisions.setMode(set);
        };
    }

    private Decision<?> register(SchemaCommand.Register register) {
        String name = register.subject();
        SubjectMode mode = image.mode(tenant, name);
        if (mode.readOnly()) {
            return readOnly(name);
        }
        Optional<SchemaId> known = image.idOf(tenant, register.definition());
        Optional<SubjectVersion> same =
                known.flatMap(id -> schemas.subject(name).liveVersionOf(id));
        if (same.isPresent()) {
            return accept(same.get(), List.of());
        }
        if (mode == SubjectMode.IMPORT) {
            return reject(Rejection.WRONG_MODE, "Subject '" + name + "' is in import mode: a schema must bring its id");
        }
        long revision = image.revision(tenant, name);
        if (revision != register.expectedRevision()) {
            return reject(
                    Rejection.CHANGED,
                    "Subject '" + name + "' is at revision " + revision + ", not " + register.expectedRevision());
        }
        if (known.isEmpty() && schemas.nextId() == Integer.MAX_VALUE) {
            return reject(Rejection.LIMIT_REACHED, "There is no schema id left");
        }
        return place(name, register.definition(), known.orElseGet(() -> new SchemaId(schemas.nextId())), 0);
    }

    private Decision<?> importSchema(SchemaCommand.Import imported) {
        String name = imported.subject();
        SubjectMode mode = image.mode(tenant, name);
        if (mode.readOnly()) {
            return readOnly(name);
        }
        if (mode != SubjectMode.IMPORT) {
            return reject(Rejection.WRONG_MODE, "Subject '" + name + "' is not in import mode");
        }
        SchemaId id = imported.id();
        Optional<SchemaDefinition> present = image.schema(tenant, id);
        if (present.isPresent() && !present.get().equals(imported.definition())) {
            return reject(Rejection.TAKEN, "Id " + id.value() + " belongs to another schema");
        }
        Optional<SchemaId> other = image.idOf(tenant, imported.definition());
        if (other.isPresent() && !other.get().equals(id)) {
            return reject(Rejection.TAKEN, "The schema has id " + other.get().value() + ", not " + id.value());
        }
        Subject subject = schemas.subject(name);
        Optional<SubjectVersion> there = subject.version(imported.version());
        if (there.isPresent() && !there.get().id().equals(id)) {
            return reject(
                    Rejection.TAKEN,
                    "Version " + imported.version() + " of '" + name + "' has schema "
                            + there.get().id().value());
        }
        Optional<SubjectVersion> same =
                imported.version() == 0 ? subject.liveVersionOf(id) : there.filter(version -> !version.deleted());
        return same.isPresent()
                ? accept(same.get(), List.of())
                : place(name, imported.definition(), id, imported.version());
    }

    /** Puts the schema under the subject, where it is not live yet. */
    private Decision<?> place(String name, SchemaDefinition definition, SchemaId id, int wanted) {
        for (SchemaReference reference : definition.references()) {
            boolean found = schemas.subject(reference.subject())
                    .version(reference.version())
                    .filter(version -> !version.deleted())
                    .isPresent();
            if (!found) {
                return reject(
                        Rejection.UNKNOWN_REFERENCE,
                        "Nothing is registered at version " + reference.version() + " of subject '"
                                + reference.subject() + "'");
            }
        }
        Subject subject = schemas.subject(name);
        boolean isNew = image.schema(tenant, id).isEmpty();
        String full = full(subject, isNew ? TenantSchemas.weight(definition) : 0);
        if (full != null) {
            return reject(Rejection.LIMIT_REACHED, full);
        }
        int last = subject.versions().isEmpty() ? 0 : subject.versions().lastKey();
        if (wanted == 0 && last == SubjectVersion.MAX_VERSION) {
            return reject(Rejection.LIMIT_REACHED, "Subject '" + name + "' has no version left");
        }
        SubjectVersion placed = new SubjectVersion(wanted == 0 ? last + 1 : wanted, id, false);
        SortedMap<Integer, SubjectVersion> versions = new TreeMap<>(subject.versions());
        versions.values()
                .removeIf(version -> version.deleted()
                        && version.id().equals(id)
                        && schemas.referencing(name, version.version()).isEmpty());
        versions.put(placed.version(), placed);
        List<SchemaRecord> records = new ArrayList<>();
        if (isNew) {
            records.add(new SchemaRecord.SchemaIdsReserved(tenant, id.value() + 1));
            records.add(new SchemaRecord.SchemaWritten(tenant, id, definition));
        }
        records.add(new SchemaRecord.SubjectWritten(tenant, with(subject, versions)));
        return accept(placed, records);
    }

    /** Why one version more is one too many. */
    private @Nullable String full(Subject subject, long moreBytes) {
        if (!schemas.subjects().containsKey(subject.name())
                && schemas.subjects().size() >= SchemaCommands.MAX_SUBJECTS) {
            return "There are " + SchemaCommands.MAX_SUBJECTS + " subjects, as many as there may be";
        }
        if (subject.versions().size() >= SchemaCommands.MAX_SUBJECT_VERSIONS) {
            return "Subject '" + subject.name() + "' has " + SchemaCommands.MAX_SUBJECT_VERSIONS
                    + " versions, as many as it may";
        }
        if (schemas.versions() >= SchemaCommands.MAX_VERSIONS) {
            return "There are " + SchemaCommands.MAX_VERSIONS + " versions, as many as there may be";
        }
        return schemas.bytes() + moreBytes > SchemaCommands.MAX_TENANT_BYTES
                ? "The schemas take " + schemas.bytes() + " bytes; " + moreBytes + " more would be over the limit of "
                        + SchemaCommands.MAX_TENANT_BYTES
                : null;
    }

    private Decision<?> deleteVersion(SchemaCommand.DeleteVersion delete) {
        String name = delete.subject();
        Subject subject = schemas.subject(name);
        SubjectVersion version = subject.versions().get(delete.version());
        if (image.mode(tenant, name).readOnly()) {
            return readOnly(name);
        }
        if (version == null) {
            return subject.versions().isEmpty()
                    ? unknownSubject(name)
                    : reject(Rejection.UNKNOWN_VERSION, "Subject '" + name + "' has no version " + delete.version());
        }
        if (version.deleted() != delete.permanently()) {
            return deletedOrNot(delete.permanently(), "Version " + delete.version() + " of subject '" + name + "'");
        }
        if (referred(name, version)) {
            return reject(
                    Rejection.REFERENCED,
                    "Other schemas refer to version " + delete.version() + " of subject '" + name + "'");
        }
        return accept(delete.version(), removal(with(subject, without(subject, List.of(version))), List.of(version)));
    }

    private Decision<?> deleteSubject(SchemaCommand.DeleteSubject delete) {
        String name = delete.subject();
        Subject subject = schemas.subject(name);
        if (image.mode(tenant, name).readOnly()) {
            return readOnly(name);
        }
        if (subject.versions().isEmpty()) {
            return unknownSubject(name);
        }
        if (delete.permanently() != subject.live().isEmpty()) {
            return deletedOrNot(delete.permanently(), "Subject '" + name + "'");
        }
        List<SubjectVersion> goners =
                delete.permanently() ? List.copyOf(subject.versions().values()) : subject.live();
        for (SubjectVersion version : goners) {
            if (referred(name, version)) {
                return reject(
                        Rejection.REFERENCED,
                        "Other schemas refer to version " + version.version() + " of subject '" + name + "'");
            }
        }
        Subject left = new Subject(name, without(subject, goners), Optional.empty(), Optional.empty(), nextRevision);
        List<Integer> numbers = goners.stream().map(SubjectVersion::version).toList();
        return accept(numbers, removal(left, goners));
    }

    /** A version that is deleted already goes for good, so that even deleted referrers hold it. */
    private boolean referred(String subject, SubjectVersion version) {
        return schemas.referencing(subject, version.version()).stream()
                .anyMatch(id -> version.deleted() || image.live(tenant, id));
    }

    private static SortedMap<Integer, SubjectVersion> without(Subject subject, List<SubjectVersion> goners) {
        SortedMap<Integer, SubjectVersion> left = new TreeMap<>(subject.versions());
        for (SubjectVersion version : goners) {
            if (version.deleted()) {
                left.remove(version.version());
            } else {
                left.put(version.version(), new SubjectVersion(version.version(), version.id(), true));
            }
        }
        return left;
    }

    /** The subject as it is left, and the schemas that nobody has any more. */
    private List<SchemaRecord> removal(Subject left, List<SubjectVersion> goners) {
        List<SchemaRecord> records = new ArrayList<>(List.of(written(left)));
        Set<SchemaId> kept = new HashSet<>();
        left.versions().values().forEach(version -> kept.add(version.id()));
        Set<SchemaId> seen = new HashSet<>();
        for (SubjectVersion version : goners) {
            SchemaId id = version.id();
            boolean elsewhere = schemas.users(id).stream().anyMatch(user -> !user.equals(left.name()));
            if (version.deleted() && !kept.contains(id) && !elsewhere && seen.add(id)) {
                records.add(new SchemaRecord.SchemaRemoved(tenant, id));
            }
        }
        return records;
    }

    private SchemaRecord written(Subject subject) {
        boolean empty = subject.versions().isEmpty()
                && subject.level().isEmpty()
                && subject.mode().isEmpty();
        return empty
                ? new SchemaRecord.SubjectRemoved(tenant, subject.name())
                : new SchemaRecord.SubjectWritten(tenant, subject);
    }

    private Decision<?> setLevel(@Nullable String name, @Nullable CompatibilityLevel level) {
        boolean readOnly = name == null
                ? schemas.settings().effectiveMode().readOnly()
                : image.mode(tenant, name).readOnly();
        if (readOnly) {
            return readOnly(name == null ? "of everyone" : name);
        }
        Optional<CompatibilityLevel> now = Optional.ofNullable(level);
        if (name == null) {
            SchemaSettings settings = schemas.settings();
            return set(
                    settings.level(),
                    now,
                    new SchemaRecord.SettingsWritten(tenant, new SchemaSettings(now, settings.mode(), nextRevision)));
        }
        Subject subject = schemas.subject(name);
        return tooMany(name)
                ? tooManySubjects()
                : set(
                        subject.level(),
                        now,
                        written(new Subject(name, subject.versions(), now, subject.mode(), nextRevision)));
    }

    private Decision<?> setMode(SchemaCommand.SetMode set) {
        String name = set.subject();
        boolean occupied = name == null
                ? schemas.subjects().values().stream()
                        .anyMatch(subject -> !subject.live().isEmpty())
                : !schemas.subject(name).live().isEmpty();
        if (set.mode() == SubjectMode.IMPORT && !set.force() && occupied) {
            return reject(Rejection.NOT_EMPTY, "There are versions, which an import could overwrite");
        }
        Optional<SubjectMode> now = Optional.ofNullable(set.mode());
        if (name == null) {
            SchemaSettings settings = schemas.settings();
            return set(
                    settings.mode(),
                    now,
                    new SchemaRecord.SettingsWritten(tenant, new SchemaSettings(settings.level(), now, nextRevision)));
        }
        Subject subject = schemas.subject(name);
        return tooMany(name)
                ? tooManySubjects()
                : set(
                        subject.mode(),
                        now,
                        written(new Subject(name, subject.versions(), subject.level(), now, nextRevision)));
    }

    private boolean tooMany(String name) {
        return !schemas.subjects().containsKey(name) && schemas.subjects().size() >= SchemaCommands.MAX_SUBJECTS;
    }

    private static Decision<?> tooManySubjects() {
        return reject(
                Rejection.LIMIT_REACHED,
                "There are " + SchemaCommands.MAX_SUBJECTS + " subjects, as many as there may be");
    }

    private static <S> Decision<?> set(Optional<S> present, Optional<S> now, SchemaRecord fact) {
        if (now.isEmpty() && present.isEmpty()) {
            return reject(Rejection.NO_SETTING, "There is no such setting");
        }
        return accept(now.or(() -> present).orElseThrow(), now.equals(present) ? List.of() : List.of(fact));
    }

    private Subject with(Subject subject, SortedMap<Integer, SubjectVersion> versions) {
        return new Subject(subject.name(), versions, subject.level(), subject.mode(), nextRevision);
    }

    private static Decision<?> deletedOrNot(boolean permanently, String what) {
        return permanently
                ? reject(Rejection.NOT_DELETED, what + " is not deleted yet")
                : reject(Rejection.DELETED, what + " is deleted already");
    }

    private static Decision<?> readOnly(String subject) {
        return reject(Rejection.READ_ONLY, "Subject '" + subject + "' is in read-only mode");
    }

    private static Decision<?> unknownSubject(String name) {
        return reject(Rejection.UNKNOWN_SUBJECT, "There is no subject '" + name + "'");
    }

    private static <T> Decision<SchemaResult<T>> accept(T value, List<SchemaRecord> records) {
        return Decision.accept(
                new SchemaResult.Accepted<>(value),
                records.stream().map(MetadataRecord.Schemas::new).toArray(MetadataRecord[]::new));
    }

    private static Decision<SchemaResult<Object>> reject(Rejection reason, String message) {
        return Decision.accept(new SchemaResult.Rejected<>(reason, message));
    }
}
