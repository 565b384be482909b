package io.weir.contracts.schema;

/** What a subject's next schema must be able to do with the ones before. */
public enum CompatibilityLevel {
    NONE,
    /** Read what the latest wrote. */
    BACKWARD,
    /** Read what any of them wrote. */
    BACKWARD_TRANSITIVE,
    /** Be read by the latest. */
    FORWARD,
    /** Be read by all of them. */
    FORWARD_TRANSITIVE,
    /** Both, with the latest. */
    FULL,
    /** Both, with all of them. */
    FULL_TRANSITIVE;

    public boolean backward() {
        return this == BACKWARD || this == BACKWARD_TRANSITIVE || this == FULL || this == FULL_TRANSITIVE;
    }

    public boolean forward() {
        return this == FORWARD || this == FORWARD_TRANSITIVE || this == FULL || this == FULL_TRANSITIVE;
    }

    public boolean transitive() {
        return this == BACKWARD_TRANSITIVE || this == FORWARD_TRANSITIVE || this == FULL_TRANSITIVE;
    }
}
