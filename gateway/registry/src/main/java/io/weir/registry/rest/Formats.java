package io.weir.registry.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.weir.contracts.schema.SchemaDefinition;
import io.weir.contracts.schema.SchemaType;
import io.weir.registry.registration.Registrations;

/** The forms that a schema's text is asked for in. */
final class Formats {
    private Formats() {}

    /** The text, or with {@code format=serialized} the binary form that Protobuf has. */
    static String text(Registrations registrations, SchemaDefinition definition, Call call) {
        String format = call.question().parameter("format").orElse("");
        boolean serialized = format.equals("serialized") && definition.type() == SchemaType.PROTOBUF;
        return serialized ? registrations.serialized(definition).orElse(definition.text()) : definition.text();
    }

    /** A schema alone, as its text is. */
    static JsonNode raw(String text) {
        return Call.JSON.getNodeFactory().rawValueNode(new RawValue(text));
    }
}
