package io.weir.testsupport.history;

/** How an operation ended, as its client saw it. */
public enum Outcome {
    /** It was done, between its two times. */
    OK,
    /** It was refused for certain, and has no effect, ever. */
    FAILED,
    /** It was done once at any time since it began, will be, or never is. */
    UNKNOWN
}
