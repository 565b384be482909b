package io.weir.registry.rest;

/** A request that gets an error for an answer; never leaves this package. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    RefusedException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    ErrorCode code() {
        return code;
    }

    static RefusedException noSubject(String subject) {
        return new RefusedException(ErrorCode.SUBJECT_NOT_FOUND, "Subject '" + subject + "' not found.");
    }

    static RefusedException noVersion(String version) {
        return new RefusedException(ErrorCode.VERSION_NOT_FOUND, "Version " + version + " not found.");
    }

    static RefusedException invalidSchema(String reason) {
        return new RefusedException(ErrorCode.INVALID_SCHEMA, "Invalid schema: " + reason);
    }
}
