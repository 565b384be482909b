package io.weir.wal.state;

import java.util.List;

/** What became of one batch. The codes are part of the snapshot format. */
public enum Outcome {
    COMMITTED(0),
    DUPLICATE(1),
    MOVED(2),
    UNKNOWN_STREAM(3),
    OUT_OF_ORDER(4),
    FENCED(5),
    INVALID(6),
    PRODUCERS_FULL(7);

    private static final List<Outcome> BY_CODE = List.of(values());

    private final byte code;

    Outcome(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static Outcome of(byte code) {
        if (code < 0 || code >= BY_CODE.size()) {
            throw new IllegalArgumentException("Unknown outcome " + code);
        }
        return BY_CODE.get(code);
    }
}
