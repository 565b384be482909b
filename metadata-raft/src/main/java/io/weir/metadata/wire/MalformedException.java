package io.weir.metadata.wire;

import java.io.IOException;

/** Bytes that are not what they should be: damaged, cut short, or of an unknown version. */
public final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    public MalformedException(String message) {
        super(message);
    }
}
