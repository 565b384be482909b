package io.weir.contracts.consensus;

import java.util.Optional;

/** A peer's part in its group. */
public sealed interface Leadership {
    /** This peer leads, and has applied every entry of earlier terms. */
    record Leading(long term) implements Leadership {}

    /**
     * Another peer leads, or none does.
     *
     * @param leader the last one that this peer heard of: it may have died since
     */
    record Following(Optional<Leader> leader) implements Leadership {
        /** Nobody is known to lead. */
        public Following() {
            this(Optional.empty());
        }
    }
}
