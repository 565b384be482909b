package io.weir.registry.avro;

import io.weir.registry.language.ParsedSchema;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/** An Avro schema, with the types that it refers to in place. */
record AvroSchema(Schema schema, String canonical) implements ParsedSchema {
    @Override
    public List<String> obstacles(ParsedSchema writer) {
        if (!(writer instanceof AvroSchema(Schema written, String ignored))) {
            throw new IllegalArgumentException("Not an Avro schema: " + writer.getClass());
        }
        return SchemaCompatibility.checkReaderWriterCompatibility(schema, written)
                .getResult()
                .getIncompatibilities()
                .stream()
                .limit(MAX_OBSTACLES)
                .map(AvroSchema::told)
                .toList();
    }

    private static String told(Incompatibility found) {
        return "{errorType:'" + found.getType() + "', description:'" + found.getMessage() + "', location:'"
                + found.getLocation() + "'}";
    }
}
