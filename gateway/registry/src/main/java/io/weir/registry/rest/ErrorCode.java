package io.weir.registry.rest;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.schema.SchemaResult.Rejection;

/** Errors by the numbers that clients know. */
enum ErrorCode {
    BAD_REQUEST(400, 400),
    NOT_FOUND(404, 404),
    SUBJECT_NOT_FOUND(404, 40401),
    VERSION_NOT_FOUND(404, 40402),
    SCHEMA_NOT_FOUND(404, 40403),
    SUBJECT_SOFT_DELETED(404, 40404),
    SUBJECT_NOT_SOFT_DELETED(404, 40405),
    VERSION_SOFT_DELETED(404, 40406),
    VERSION_NOT_SOFT_DELETED(404, 40407),
    NO_SUBJECT_COMPATIBILITY(404, 40408),
    NO_SUBJECT_MODE(404, 40409),
    METHOD_NOT_ALLOWED(405, 405),
    INCOMPATIBLE(409, 409),
    UNSUPPORTED_MEDIA_TYPE(415, 415),
    UNPROCESSABLE(422, 422),
    INVALID_SCHEMA(422, 42201),
    INVALID_VERSION(422, 42202),
    INVALID_COMPATIBILITY(422, 42203),
    INVALID_MODE(422, 42204),
    NOT_PERMITTED(422, 42205),
    REFERENCE_EXISTS(422, 42206),
    ID_TAKEN(422, 42207),
    INVALID_SUBJECT(422, 42208),
    SCHEMA_TOO_LARGE(422, 42209),
    TOO_MANY_REQUESTS(429, 42901),
    STORE_FAILED(500, 50001),
    TIMED_OUT(500, 50002),
    NO_LEADER(500, 50003);

    private final int status;
    private final int code;

    ErrorCode(int status, int code) {
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    int code() {
        return code;
    }

    static ErrorCode of(FailureCode failure) {
        return switch (failure) {
            case NOT_LEADER, STALE_IMAGE -> NO_LEADER;
            case TIMED_OUT -> TIMED_OUT;
            case OVERLOADED -> TOO_MANY_REQUESTS;
            case STORAGE_FULL, OBJECT_STORE_UNAVAILABLE, OBJECT_MISSING, SHUTTING_DOWN, FENCED, CORRUPT, INTERNAL ->
                STORE_FAILED;
        };
    }

    /** What a refusal is about decides between the codes for subjects and for versions. */
    static ErrorCode of(Rejection rejection, boolean ofVersion) {
        return switch (rejection) {
            case CHANGED -> STORE_FAILED;
            case UNKNOWN_SUBJECT -> SUBJECT_NOT_FOUND;
            case UNKNOWN_VERSION -> VERSION_NOT_FOUND;
            case DELETED -> ofVersion ? VERSION_SOFT_DELETED : SUBJECT_SOFT_DELETED;
            case NOT_DELETED -> ofVersion ? VERSION_NOT_SOFT_DELETED : SUBJECT_NOT_SOFT_DELETED;
            case REFERENCED -> REFERENCE_EXISTS;
            case UNKNOWN_REFERENCE -> INVALID_SCHEMA;
            case READ_ONLY, WRONG_MODE, NOT_EMPTY, LIMIT_REACHED -> NOT_PERMITTED;
            case TAKEN -> ID_TAKEN;
            case NO_SETTING -> NOT_FOUND;
            case TOO_LARGE -> SCHEMA_TOO_LARGE;
            case INVALID_REQUEST -> UNPROCESSABLE;
        };
    }
}
