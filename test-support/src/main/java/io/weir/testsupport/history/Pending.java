package io.weir.testsupport.history;

import java.util.function.UnaryOperator;

/**
 * An operation that has begun. It ends once; one that never does counts as unknown.
 *
 * <p>Threading: any, a client's callback too.
 */
public final class Pending<T extends Operation> {
    private final Recorder recorder;
    private final T begun;

    Pending(Recorder recorder, T begun) {
        this.recorder = recorder;
        this.begun = begun;
    }

    /** It was done, and there is nothing to say of it. */
    public void ok() {
        recorder.end(this, Outcome.OK, begun);
    }

    /** It was done, and the client was told something. */
    public void ok(UnaryOperator<T> told) {
        recorder.end(this, Outcome.OK, told.apply(begun));
    }

    /** It was refused for certain. A time-out, a lost connection or a retriable error is not that. */
    public void failed() {
        recorder.end(this, Outcome.FAILED, begun);
    }

    /** It may or may not have been done. */
    public void unknown() {
        recorder.end(this, Outcome.UNKNOWN, begun);
    }

    T begun() {
        return begun;
    }
}
