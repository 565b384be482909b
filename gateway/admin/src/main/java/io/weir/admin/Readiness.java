package io.weir.admin;

/** Whether the process can do its work now. */
public sealed interface Readiness {
    record Ready() implements Readiness {}

    /** It cannot, and why, in words for an operator. */
    record NotReady(String reason) implements Readiness {}
}
