package io.weir.testsupport.metadata;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.schema.SchemaReference;
import io.weir.contracts.schema.SchemaResult;
import io.weir.contracts.schema.SchemaResult.Accepted;
import io.weir.contracts.schema.SchemaResult.Rejected;
import io.weir.contracts.schema.SchemaResult.Rejection;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.SchemaType;
import io.weir.contracts.schema.Subject;
import io.weir.contracts.schema.SubjectMode;
import io.weir.contracts.schema.SubjectVersion;
import io.weir.testsupport.metadata.MemorySchemaImage.Contents;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The schema ports over maps in memory; the image of a {@link MemoryMetadata} shows the same. Bounds on how much a
 * tenant may have are not kept.
 *
 * <p>Threading: any thread; one change at a time. Futures complete on the calling thread.
 */
public final class MemorySchemas implements SchemaCommands {
    private final Consumer<MemorySchemaImage> changed;
    private volatile MemorySchemaImage image = MemorySchemaImage.EMPTY;
    private long revision;
    private @Nullable FailureCode failure;
    private @Nullable Runnable before;

    MemorySchemas(Consumer<MemorySchemaImage> changed) {
        this.changed = changed;
    }

    public SchemaImage image() {
        return image;
    }

    /** The next command fails. */
    public synchronized void failNext(FailureCode code) {
        failure = code;
    }

    /** Does something right before the next command, as somebody who is faster would. */
    public synchronized void beforeNext(Runnable action) {
        before = action;
    }

    /** Registers an Avro schema for the default tenant, or throws. */
    public SubjectVersion avro(String subject, String text) {
        SchemaDefinition definition = new SchemaDefinition(SchemaType.AVRO, text, List.of());
        return switch (register(TenantId.DEFAULT, subject, definition, image.revision(TenantId.DEFAULT, subject))
                .join()) {
            case Accepted<SubjectVersion>(SubjectVersion version) -> version;
            case Rejected<SubjectVersion> rejected -> throw new IllegalArgumentException(rejected.message());
        };
    }

    @Override
    public synchronized CompletableFuture<SchemaResult<SubjectVersion>> register(
            TenantId tenant, String subject, SchemaDefinition definition, long expectedRevision) {
        return answer(() -> registered(tenant, subject, definition, expectedRevision));
    }

    private SchemaResult<SubjectVersion> registered(
            TenantId tenant, String subject, SchemaDefinition definition, long expectedRevision) {
        SubjectMode mode = image.mode(tenant, subject);
        if (mode.readOnly()) {
            return readOnly(subject);
        }
        SchemaId id = image.idOf(tenant, definition)
                .orElse(new SchemaId(image.contents(tenant).nextId()));
        Optional<SubjectVersion> same = image.contents(tenant).subject(subject).liveVersionOf(id);
        if (same.isPresent()) {
            return new Accepted<>(same.get());
        }
        if (mode == SubjectMode.IMPORT) {
            return new Rejected<>(Rejection.WRONG_MODE, "Subject '" + subject + "' is in import mode");
        }
        if (image.revision(tenant, subject) != expectedRevision) {
            return new Rejected<>(Rejection.CHANGED, "Subject '" + subject + "' is not at " + expectedRevision);
        }
        return placed(tenant, subject, definition, id, 0);
    }

    @Override
    public synchronized CompletableFuture<SchemaResult<SubjectVersion>> importSchema(
            TenantId tenant, String subject, SchemaDefinition definition, SchemaId id, int version) {
        return answer(() -> imported(tenant, subject, definition, id, version));
    }

    private SchemaResult<SubjectVersion> imported(
            TenantId tenant, String subject, SchemaDefinition definition, SchemaId id, int version) {
        SubjectMode mode = image.mode(tenant, subject);
        if (mode.readOnly()) {
            return readOnly(subject);
        }
        if (mode != SubjectMode.IMPORT) {
            return new Rejected<>(Rejection.WRONG_MODE, "Subject '" + subject + "' is not in import mode");
        }
        boolean other = image.schema(tenant, id)
                .filter(present -> !present.equals(definition))
                .isPresent();
        boolean otherId = image.idOf(tenant, definition)
                .filter(present -> !present.equals(id))
                .isPresent();
        Optional<SubjectVersion> there = image.contents(tenant).subject(subject).version(version);
        if (other || otherId || there.filter(v -> !v.id().equals(id)).isPresent()) {
            return new Rejected<>(Rejection.TAKEN, "Id " + id.value() + " or version " + version + " is taken");
        }
        Optional<SubjectVersion> same = version == 0
                ? image.contents(tenant).subject(subject).liveVersionOf(id)
                : there.filter(v -> !v.deleted());
        return same.<SchemaResult<SubjectVersion>>map(Accepted::new)
                .orElseGet(() -> placed(tenant, subject, definition, id, version));
    }

    private SchemaResult<SubjectVersion> placed(
            TenantId tenant, String name, SchemaDefinition definition, SchemaId id, int wanted) {
        if (name.isEmpty() || name.length() > Subject.MAX_NAME_CHARS) {
            return new Rejected<>(Rejection.INVALID_REQUEST, "A subject of " + name.length() + " characters");
        }
        if (definition.bytes() > SchemaDefinition.MAX_BYTES) {
            return new Rejected<>(Rejection.TOO_LARGE, "A schema of " + definition.bytes() + " bytes");
        }
        for (SchemaReference reference : definition.references()) {
            Subject target = image.contents(tenant).subject(reference.subject());
            if (target.live().stream().noneMatch(version -> version.version() == reference.version())) {
                return new Rejected<>(Rejection.UNKNOWN_REFERENCE, "Nothing is at " + reference);
            }
        }
        Subject subject = image.contents(tenant).subject(name);
        SortedMap<Integer, SubjectVersion> versions = new TreeMap<>(subject.versions());
        int number = wanted > 0 ? wanted : versions.isEmpty() ? 1 : versions.lastKey() + 1;
        SubjectVersion placed = new SubjectVersion(number, id, false);
        versions.values()
                .removeIf(version -> version.deleted()
                        && version.id().equals(id)
                        && image.referencing(tenant, name, version.version()).isEmpty());
        versions.put(number, placed);
        publish(tenant, image.contents(tenant).with(id, definition).with(with(subject, versions)));
        return new Accepted<>(placed);
    }

    @Override
    public synchronized CompletableFuture<SchemaResult<Integer>> deleteVersion(
            TenantId tenant, String name, int number, boolean permanently) {
        return answer(() -> {
            Subject subject = image.contents(tenant).subject(name);
            SubjectVersion version = subject.versions().get(number);
            if (image.mode(tenant, name).readOnly()) {
                return readOnly(name);
            }
            if (version == null) {
                return subject.versions().isEmpty()
                        ? new Rejected<>(Rejection.UNKNOWN_SUBJECT, "No subject '" + name + "'")
                        : new Rejected<>(Rejection.UNKNOWN_VERSION, "No version " + number + " of '" + name + "'");
            }
            if (version.deleted() != permanently) {
                return new Rejected<>(
                        permanently ? Rejection.NOT_DELETED : Rejection.DELETED, "Version " + number + " of " + name);
            }
            if (referred(tenant, name, version)) {
                return new Rejected<>(Rejection.REFERENCED, "Version " + number + " of '" + name + "' is referred to");
            }
            publish(tenant, image.contents(tenant).with(with(subject, without(subject, List.of(version)))));
            return new Accepted<>(number);
        });
    }

    @Override
    public synchronized CompletableFuture<SchemaResult<List<Integer>>> deleteSubject(
            TenantId tenant, String name, boolean permanently) {
        return answer(() -> {
            Subject subject = image.contents(tenant).subject(name);
            if (image.mode(tenant, name).readOnly()) {
                return readOnly(name);
            }
            if (subject.versions().isEmpty()) {
                return new Rejected<>(Rejection.UNKNOWN_SUBJECT, "No subject '" + name + "'");
            }
            if (permanently != subject.live().isEmpty()) {
                return new Rejected<>(permanently ? Rejection.NOT_DELETED : Rejection.DELETED, "Subject " + name);
            }
            List<SubjectVersion> goners =
                    permanently ? List.copyOf(subject.versions().values()) : subject.live();
            if (goners.stream().anyMatch(version -> referred(tenant, name, version))) {
                return new Rejected<>(Rejection.REFERENCED, "Subject '" + name + "' is referred to");
            }
            publish(
                    tenant,
                    image.contents(tenant)
                            .with(new Subject(
                                    name, without(subject, goners), Optional.empty(), Optional.empty(), ++revision)));
            return new Accepted<>(goners.stream().map(SubjectVersion::version).toList());
        });
    }

    private boolean referred(TenantId tenant, String subject, SubjectVersion version) {
        return image.referencing(tenant, subject, version.version()).stream()
                .anyMatch(id -> version.deleted() || image.live(tenant, id));
    }

    /** Deleted for the time being, or gone when they are already. */
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

    @Override
    public synchronized CompletableFuture<SchemaResult<CompatibilityLevel>> setLevel(
            TenantId tenant, @Nullable String subject, @Nullable CompatibilityLevel level) {
        return answer(() -> {
            if (subject == null ? image.settings(tenant).effectiveMode().readOnly() : isReadOnly(tenant, subject)) {
                return readOnly(subject);
            }
            return set(
                    tenant,
                    subject,
                    level,
                    SchemaSettings::level,
                    Subject::level,
                    (settings, now) -> new SchemaSettings(now, settings.mode(), ++revision),
                    (of, now) -> new Subject(of.name(), of.versions(), now, of.mode(), ++revision));
        });
    }

    private boolean isReadOnly(TenantId tenant, String subject) {
        return image.mode(tenant, subject).readOnly();
    }

    @Override
    public synchronized CompletableFuture<SchemaResult<SubjectMode>> setMode(
            TenantId tenant, @Nullable String subject, @Nullable SubjectMode mode, boolean force) {
        return answer(() -> {
            if (subject != null && mode == SubjectMode.READONLY_OVERRIDE) {
                return new Rejected<>(Rejection.INVALID_REQUEST, "Only a whole tenant can be in " + mode);
            }
            boolean occupied = subject == null
                    ? image.subjects(tenant).stream()
                            .anyMatch(any -> !any.live().isEmpty())
                    : !image.contents(tenant).subject(subject).live().isEmpty();
            if (mode == SubjectMode.IMPORT && !force && occupied) {
                return new Rejected<>(Rejection.NOT_EMPTY, "There are versions");
            }
            return set(
                    tenant,
                    subject,
                    mode,
                    SchemaSettings::mode,
                    Subject::mode,
                    (settings, now) -> new SchemaSettings(settings.level(), now, ++revision),
                    (of, now) -> new Subject(of.name(), of.versions(), of.level(), now, ++revision));
        });
    }

    private <S> SchemaResult<S> set(
            TenantId tenant,
            @Nullable String name,
            @Nullable S value,
            Function<SchemaSettings, Optional<S>> general,
            Function<Subject, Optional<S>> own,
            java.util.function.BiFunction<SchemaSettings, Optional<S>, SchemaSettings> ofTenant,
            java.util.function.BiFunction<Subject, Optional<S>, Subject> ofSubject) {
        Contents contents = image.contents(tenant);
        Optional<S> present = name == null ? general.apply(contents.settings()) : own.apply(contents.subject(name));
        if (value == null && present.isEmpty()) {
            return new Rejected<>(Rejection.NO_SETTING, "There is no such setting of " + name);
        }
        Optional<S> now = Optional.ofNullable(value);
        publish(
                tenant,
                name == null
                        ? contents.with(ofTenant.apply(contents.settings(), now))
                        : contents.with(ofSubject.apply(contents.subject(name), now)));
        return new Accepted<>(now.or(() -> present).orElseThrow());
    }

    private Subject with(Subject subject, SortedMap<Integer, SubjectVersion> versions) {
        return new Subject(subject.name(), versions, subject.level(), subject.mode(), ++revision);
    }

    private static <T> SchemaResult<T> readOnly(@Nullable String subject) {
        return new Rejected<>(Rejection.READ_ONLY, "Subject '" + subject + "' is in read-only mode");
    }

    private void publish(TenantId tenant, Contents contents) {
        image = image.with(tenant, contents);
        changed.accept(image);
    }

    private <T> CompletableFuture<SchemaResult<T>> answer(Supplier<SchemaResult<T>> command) {
        Runnable faster = before;
        before = null;
        if (faster != null) {
            faster.run();
        }
        FailureCode code = failure;
        failure = null;
        return code == null
                ? CompletableFuture.completedFuture(command.get())
                : CompletableFuture.failedFuture(new ServiceException(code, "Failed by the test"));
    }
}
