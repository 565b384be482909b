package io.weir.registry.json;

import io.apicurio.registry.rules.compatibility.jsonschema.JsonSchemaDiffLibrary;
import io.apicurio.registry.rules.compatibility.jsonschema.diff.Difference;
import io.weir.registry.language.ParsedSchema;
import java.util.List;
import org.everit.json.schema.Schema;

/** A JSON schema, with what it refers to in place. */
record JsonSchema(Schema schema, String canonical) implements ParsedSchema {
    @Override
    public List<String> obstacles(ParsedSchema writer) {
        if (!(writer instanceof JsonSchema(Schema written, String ignored))) {
            throw new IllegalArgumentException("Not a JSON schema: " + writer.getClass());
        }
        if (!Unfolding.bounded(schema) || !Unfolding.bounded(written)) {
            return List.of("Too large to be compared: with its references in place a schema has more than "
                    + Unfolding.MAX_NODES + " parts, or more than " + Unfolding.MAX_DEPTH + " inside each other");
        }
        return JsonSchemaDiffLibrary.findDifferences(written, schema).getIncompatibleDifferences().stream()
                .map(JsonSchema::told)
                .sorted()
                .limit(MAX_OBSTACLES)
                .toList();
    }

    private static String told(Difference found) {
        return "{errorType:'" + found.getDiffType() + "', location:'" + found.getPathUpdated() + "'}";
    }
}
