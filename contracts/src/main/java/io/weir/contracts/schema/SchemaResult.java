package io.weir.contracts.schema;

/** What became of a command about schemas. */
public sealed interface SchemaResult<T> {
    /** The change is made, durable, and in this process's image. */
    record Accepted<T>(T value) implements SchemaResult<T> {}

    /** Nothing was changed. */
    record Rejected<T>(Rejection reason, String message) implements SchemaResult<T> {}

    /** Why a command is refused. */
    enum Rejection {
        /** The subject, or the tenant's settings, changed since they were read: check again. */
        CHANGED,
        UNKNOWN_SUBJECT,
        UNKNOWN_VERSION,
        /** It is deleted already: only permanently it may be deleted now. */
        DELETED,
        /** Only what is deleted may be deleted permanently. */
        NOT_DELETED,
        /** Other schemas refer to it. */
        REFERENCED,
        /** A reference leads nowhere. */
        UNKNOWN_REFERENCE,
        /** The mode allows no changes. */
        READ_ONLY,
        /** An id is given in a mode other than {@link SubjectMode#IMPORT}, or none in that one. */
        WRONG_MODE,
        /** The id or the version that is given belongs to another schema. */
        TAKEN,
        /** There are versions, which the mode would overwrite. */
        NOT_EMPTY,
        /** There is no such setting to be removed. */
        NO_SETTING,
        /** The text and its references are larger than {@link SchemaDefinition#MAX_BYTES}. */
        TOO_LARGE,
        LIMIT_REACHED,
        INVALID_REQUEST
    }
}
