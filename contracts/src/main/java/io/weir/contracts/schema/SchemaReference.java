package io.weir.contracts.schema;

import java.util.Comparator;

/**
 * Another schema that a definition uses.
 *
 * @param name by which the definition calls it: a full name in Avro, a URI in JSON Schema, a file in Protobuf
 * @param subject under which it is registered
 * @param version of that subject, from 1
 */
public record SchemaReference(String name, String subject, int version) implements Comparable<SchemaReference> {
    private static final Comparator<SchemaReference> ORDER = Comparator.comparing(SchemaReference::name)
            .thenComparing(SchemaReference::subject)
            .thenComparingInt(SchemaReference::version);

    @Override
    public int compareTo(SchemaReference other) {
        return ORDER.compare(this, other);
    }
}
