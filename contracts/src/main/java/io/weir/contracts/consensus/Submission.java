package io.weir.contracts.consensus;

/** What became of a submitted entry. */
public sealed interface Submission {
    /** The entry is durable on a quorum and applied here; {@code reply} is what the state answered. */
    record Applied(LogPosition position, Object reply) implements Submission {}

    /** The entry was not accepted, and will never be applied: this peer does not lead, or a bound is reached. */
    record NotAccepted(io.weir.contracts.failure.FailureCode code, String message) implements Submission {}

    /** The entry may or may not be applied, now or later. */
    record Unknown(String message) implements Submission {}
}
