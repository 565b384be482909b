package io.weir.contracts.consensus;

import io.weir.contracts.failure.FailureCode;
import java.util.Optional;

/** What became of a submitted entry. */
public sealed interface Submission {
    /** The entry is durable on a quorum and applied here; {@code reply} is what the state answered. */
    record Applied(LogPosition position, Object reply) implements Submission {}

    /**
     * The entry was not accepted, and will never be applied: this peer does not lead, or a bound is reached.
     *
     * @param leader with {@code NOT_LEADER}, who leads, if that is known
     */
    record NotAccepted(FailureCode code, String message, Optional<Leader> leader) implements Submission {
        public NotAccepted(FailureCode code, String message) {
            this(code, message, Optional.empty());
        }
    }

    /** The entry may or may not be applied, now or later. */
    record Unknown(String message) implements Submission {}
}
