package io.weir.registry.registration;

import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SubjectVersion;

/** Where a schema is registered. */
public sealed interface Lookup {
    /** The newest version with it. */
    record Found(SubjectVersion version, SchemaDefinition definition) implements Lookup {}

    /** The subject has no such schema. */
    record Absent() implements Lookup {}

    /** It is no schema. */
    record Invalid(String reason) implements Lookup {}
}
