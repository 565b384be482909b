package io.weir.registry.registration;

import io.weir.contracts.schema.SchemaDefinition;
import io.weir.registry.language.ParsedSchema;

/** What became of a submission. */
sealed interface Reading {
    /** It is a schema. */
    record Understood(SchemaDefinition definition, ParsedSchema schema) implements Reading {}

    /** It is none. */
    record Unreadable(String reason) implements Reading {}
}
