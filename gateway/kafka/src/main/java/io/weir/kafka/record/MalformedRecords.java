package io.weir.kafka.record;

/** The records are not what their batch says they are. */
public final class MalformedRecords extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedRecords(String message) {
        super(message, null, false, false);
    }
}
