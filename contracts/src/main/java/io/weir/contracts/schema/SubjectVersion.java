package io.weir.contracts.schema;

/**
 * A schema's place under a subject.
 *
 * @param version from 1
 * @param deleted for the time being: records that were written with it can still be read
 */
public record SubjectVersion(int version, SchemaId id, boolean deleted) {
    /** Largest version. */
    public static final int MAX_VERSION = Integer.MAX_VALUE - 1;
}
