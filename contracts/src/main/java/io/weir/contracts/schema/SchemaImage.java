package io.weir.contracts.schema;

import io.weir.contracts.identity.TenantId;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Schemas at one version of the metadata.
 *
 * <p>Threading: immutable.
 */
public interface SchemaImage {
    /** The schema, as long as any version has it, deleted for the time being or not. */
    Optional<SchemaDefinition> schema(TenantId tenant, SchemaId id);

    /** The id that an equal definition has. */
    Optional<SchemaId> idOf(TenantId tenant, SchemaDefinition definition);

    /** Where the schema is registered, in ascending order of subject and version. */
    Collection<Usage> usages(TenantId tenant, SchemaId id);

    Optional<Subject> subject(TenantId tenant, String name);

    /** In ascending order of name, those without versions among them. */
    Collection<Subject> subjects(TenantId tenant);

    /** Schemas that refer to this version, those among them that no live version has any more. */
    SortedSet<SchemaId> referencing(TenantId tenant, String subject, int version);

    SchemaSettings settings(TenantId tenant);

    /** A schema's place. */
    record Usage(String subject, SubjectVersion version) {}

    /**
     * Grows with every change of the subject and of the tenant's settings: what was found out about the subject holds
     * as long as this stays the same.
     */
    default long revision(TenantId tenant, String subject) {
        long own = subject(tenant, subject).map(Subject::revision).orElse(0L);
        return Math.max(own, settings(tenant).revision());
    }

    /** Whether some version with this schema is not deleted. */
    default boolean live(TenantId tenant, SchemaId id) {
        return usages(tenant, id).stream().anyMatch(usage -> !usage.version().deleted());
    }

    /** The level in effect. */
    default CompatibilityLevel level(TenantId tenant, String subject) {
        return subject(tenant, subject)
                .flatMap(Subject::level)
                .orElseGet(() -> settings(tenant).effectiveLevel());
    }

    /** The mode in effect. */
    default SubjectMode mode(TenantId tenant, String subject) {
        SubjectMode general = settings(tenant).effectiveMode();
        return general == SubjectMode.READONLY_OVERRIDE
                ? general
                : subject(tenant, subject).flatMap(Subject::mode).orElse(general);
    }
}
