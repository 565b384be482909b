package io.weir.contracts.consensus;

/** A peer's part in its group. */
public sealed interface Leadership {
    /** This peer leads, and has applied every entry of earlier terms. */
    record Leading(long term) implements Leadership {}

    /** Another peer leads, or none does. */
    record Following() implements Leadership {}
}
