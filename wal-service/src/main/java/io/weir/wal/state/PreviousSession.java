package io.weir.wal.state;

import org.jspecify.annotations.Nullable;

/** How far a session got that was replaced: none of its entries can be applied any more. Immutable. */
public final class PreviousSession {
    /** There was none, or it was forgotten. */
    public static final PreviousSession UNKNOWN = new PreviousSession(0, new Reply.Appended[0], false);

    private final long nextSequence;
    private final Reply.Appended[] replies;
    private final boolean known;

    PreviousSession(long nextSequence, Reply.Appended[] replies, boolean known) {
        this.nextSequence = nextSequence;
        this.replies = replies;
        this.known = known;
    }

    /** Whether {@link #applied} can tell. */
    public boolean known() {
        return known;
    }

    public boolean applied(long sequence) {
        return sequence < nextSequence;
    }

    /** The reply to an applied entry; null when it is too long ago. */
    public Reply.@Nullable Appended reply(long sequence) {
        long age = nextSequence - 1 - sequence;
        return age < 0 || age >= replies.length ? null : replies[replies.length - 1 - (int) age];
    }
}
