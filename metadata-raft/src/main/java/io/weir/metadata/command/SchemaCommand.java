package io.weir.metadata.command;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.CompatibilityLevel;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SubjectMode;
import org.jspecify.annotations.Nullable;

/** What is proposed about a tenant's schemas. Its reply is an accepted {@code SchemaResult}, which may be a refusal. */
public sealed interface SchemaCommand {
    TenantId tenant();

    record Register(TenantId tenant, String subject, SchemaDefinition definition, long expectedRevision)
            implements SchemaCommand {}

    /** Brings a schema with its id; version 0 for the next. */
    record Import(TenantId tenant, String subject, SchemaDefinition definition, SchemaId id, int version)
            implements SchemaCommand {}

    record DeleteVersion(TenantId tenant, String subject, int version, boolean permanently) implements SchemaCommand {}

    record DeleteSubject(TenantId tenant, String subject, boolean permanently) implements SchemaCommand {}

    /** No subject: the tenant's setting. No level: the setting is taken away. */
    record SetLevel(
            TenantId tenant,
            @Nullable String subject,
            @Nullable CompatibilityLevel level) implements SchemaCommand {}

    /** As {@link SetLevel}. */
    record SetMode(
            TenantId tenant,
            @Nullable String subject,
            @Nullable SubjectMode mode,
            boolean force) implements SchemaCommand {}
}
