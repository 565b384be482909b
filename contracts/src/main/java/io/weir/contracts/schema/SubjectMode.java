package io.weir.contracts.schema;

/** What may be done to a subject. */
public enum SubjectMode {
    READWRITE,
    READONLY,
    /** As {@link #READONLY}, whatever the subjects' own modes are: only for a whole tenant. */
    READONLY_OVERRIDE,
    /** Schemas bring their ids, and versions, with them; compatibility is not asked for. */
    IMPORT;

    public boolean readOnly() {
        return this == READONLY || this == READONLY_OVERRIDE;
    }
}
