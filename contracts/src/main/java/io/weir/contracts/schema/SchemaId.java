package io.weir.contracts.schema;

/**
 * Names a schema inside a tenant; the four bytes behind a record's magic byte. Equal definitions have one id, under
 * however many subjects they are registered. Never given to another definition.
 *
 * @param value from 1
 */
public record SchemaId(int value) implements Comparable<SchemaId> {
    public SchemaId {
        if (value < 1) {
            throw new IllegalArgumentException("A schema's id is a number from 1, not " + value);
        }
    }

    @Override
    public int compareTo(SchemaId other) {
        return Integer.compare(value, other.value);
    }
}
