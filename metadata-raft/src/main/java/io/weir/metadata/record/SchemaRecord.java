package io.weir.metadata.record;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaSettings;
import io.weir.contracts.schema.Subject;

/** One fact about a tenant's schemas. A later one about the same thing replaces it. */
public sealed interface SchemaRecord {
    TenantId tenant();

    /** The id names this definition. */
    record SchemaWritten(TenantId tenant, SchemaId id, SchemaDefinition definition) implements SchemaRecord {}

    /** No version has the schema any more. */
    record SchemaRemoved(TenantId tenant, SchemaId id) implements SchemaRecord {}

    /** The subject is as given. Its schemas were written before. */
    record SubjectWritten(TenantId tenant, Subject subject) implements SchemaRecord {}

    /** The subject has neither versions nor settings. */
    record SubjectRemoved(TenantId tenant, String name) implements SchemaRecord {}

    /** The tenant's settings are these. */
    record SettingsWritten(TenantId tenant, SchemaSettings settings) implements SchemaRecord {}

    /** Ids below this one were given out. */
    record SchemaIdsReserved(TenantId tenant, int next) implements SchemaRecord {}
}
