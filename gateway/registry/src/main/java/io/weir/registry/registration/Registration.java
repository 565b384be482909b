package io.weir.registry.registration;

import io.weir.contracts.schema.SchemaId;
import io.weir.contracts.schema.SchemaResult;
import java.util.List;

/** What became of a schema that was to be registered. */
public sealed interface Registration {
    /** It has this id, whether from now on or since long. */
    record Registered(SchemaId id) implements Registration {}

    /** It is not what the subject's level asks for. */
    record Incompatible(List<String> obstacles) implements Registration {}

    /** It is no schema. */
    record Invalid(String reason) implements Registration {}

    /** The metadata does not take it. */
    record Refused(SchemaResult.Rejection reason, String message) implements Registration {}
}
