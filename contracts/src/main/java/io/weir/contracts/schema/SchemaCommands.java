package io.weir.contracts.schema;

import io.weir.contracts.identity.TenantId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Changes of schemas. What is there is told by {@link SchemaImage}.
 *
 * <p>Nothing here looks into a schema: whether it can be parsed, and is compatible, is for the caller to find out, who
 * names the {@link SchemaImage#revision} that this was found out at.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the metadata group's that must not be
 * blocked, exceptionally with a {@link io.weir.contracts.failure.ServiceException} when the outcome is unknown.
 *
 * <p>Durability: an accepted change is fsynced by a quorum.
 */
public interface SchemaCommands {
    /** Most subjects of a tenant. */
    int MAX_SUBJECTS = 20_000;

    /** Most versions of a subject, deleted ones among them. */
    int MAX_SUBJECT_VERSIONS = 1_000;

    /** Most versions of all of a tenant's subjects together. */
    int MAX_VERSIONS = 200_000;

    /** Most bytes of a tenant's definitions, each counted with {@link #DEFINITION_BYTES} more. */
    long MAX_TENANT_BYTES = 64L << 20;

    /** What a definition is counted with beyond its own bytes. */
    int DEFINITION_BYTES = 256;

    /**
     * Makes the schema the subject's next version. One that the subject has already, not deleted, stays as it is, and
     * is the answer at any revision. Versions with the same schema that are deleted for the time being give way.
     *
     * @param expectedRevision refused as {@code CHANGED} when the subject is not at it
     */
    CompletableFuture<SchemaResult<SubjectVersion>> register(
            TenantId tenant, String subject, SchemaDefinition definition, long expectedRevision);

    /**
     * Brings a schema with its id from another registry, in mode {@link SubjectMode#IMPORT}. A version that is there
     * already with another schema is refused as {@code TAKEN}.
     *
     * @param version from 1, or 0 for the next
     */
    CompletableFuture<SchemaResult<SubjectVersion>> importSchema(
            TenantId tenant, String subject, SchemaDefinition definition, SchemaId id, int version);

    /**
     * Deletes a version. Refused for the time being while live schemas refer to it, permanently while any do.
     *
     * @param permanently what is deleted already; else for the time being
     * @return the version
     */
    CompletableFuture<SchemaResult<Integer>> deleteVersion(
            TenantId tenant, String subject, int version, boolean permanently);

    /**
     * Deletes every version that is not deleted, and the subject's settings.
     *
     * @param permanently the versions that are deleted already; refused when there are others
     * @return the versions, ascending
     */
    CompletableFuture<SchemaResult<List<Integer>>> deleteSubject(TenantId tenant, String subject, boolean permanently);

    /**
     * Sets what new schemas must be compatible with.
     *
     * @param subject null for the tenant's setting
     * @param level null to take the setting away
     * @return the setting, or the one that was taken away
     */
    CompletableFuture<SchemaResult<CompatibilityLevel>> setLevel(
            TenantId tenant, @Nullable String subject, @Nullable CompatibilityLevel level);

    /**
     * Sets what may be done.
     *
     * @param subject null for the tenant's setting
     * @param mode null to take the setting away
     * @param force whether {@link SubjectMode#IMPORT} may be entered though there are versions
     * @return the setting, or the one that was taken away
     */
    CompletableFuture<SchemaResult<SubjectMode>> setMode(
            TenantId tenant, @Nullable String subject, @Nullable SubjectMode mode, boolean force);
}
