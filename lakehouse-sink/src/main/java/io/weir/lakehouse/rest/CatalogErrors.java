package io.weir.lakehouse.rest;

import io.weir.contracts.failure.ServiceException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.UnprocessableEntityException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.rest.responses.ErrorResponse;

/** Iceberg's exceptions as the error answers from which its clients make them again. */
final class CatalogErrors {
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int NOT_SUPPORTED = 406;
    static final int CONFLICT = 409;
    static final int UNPROCESSABLE = 422;
    static final int INTERNAL = 500;
    static final int UNAVAILABLE = 503;

    private static final int MAX_MESSAGE_CHARS = 2_000;

    /** The first that fits says the status. */
    private static final Map<Class<? extends RuntimeException>, Integer> STATUS = new LinkedHashMap<>();

    static {
        STATUS.put(NoSuchNamespaceException.class, NOT_FOUND);
        STATUS.put(NoSuchTableException.class, NOT_FOUND);
        STATUS.put(NoSuchViewException.class, NOT_FOUND);
        STATUS.put(NotFoundException.class, NOT_FOUND);
        STATUS.put(NamespaceNotEmptyException.class, CONFLICT);
        STATUS.put(AlreadyExistsException.class, CONFLICT);
        STATUS.put(CommitFailedException.class, CONFLICT);
        STATUS.put(UnprocessableEntityException.class, UNPROCESSABLE);
        STATUS.put(CommitStateUnknownException.class, INTERNAL);
        STATUS.put(ServiceException.class, UNAVAILABLE);
        STATUS.put(BadRequestException.class, BAD_REQUEST);
        STATUS.put(ValidationException.class, BAD_REQUEST);
        STATUS.put(IllegalArgumentException.class, BAD_REQUEST);
        STATUS.put(UnsupportedOperationException.class, NOT_SUPPORTED);
    }

    private CatalogErrors() {}

    /** Empty for a bug. */
    static Optional<ErrorResponse> of(RuntimeException failure) {
        return STATUS.entrySet().stream()
                .filter(known -> known.getKey().isInstance(failure))
                .findFirst()
                .map(known ->
                        error(known.getValue(), known.getKey().getSimpleName(), String.valueOf(failure.getMessage())));
    }

    static ErrorResponse error(int status, String type, String message) {
        return ErrorResponse.builder()
                .responseCode(status)
                .withType(type)
                .withMessage(message.length() > MAX_MESSAGE_CHARS ? message.substring(0, MAX_MESSAGE_CHARS) : message)
                .build();
    }
}
