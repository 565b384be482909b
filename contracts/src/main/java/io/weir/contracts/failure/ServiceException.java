package io.weir.contracts.failure;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A dependency failed. Expected outcomes are values instead: see the sealed results of each port. */
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FailureCode code;

    public ServiceException(FailureCode code, String message) {
        this(code, message, null);
    }

    public ServiceException(FailureCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public FailureCode code() {
        return code;
    }

    /**
     * The service failure that a future completed with, unwrapped; anything else is a bug and becomes
     * {@link FailureCode#INTERNAL}.
     */
    public static ServiceException of(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof ServiceException service
                ? service
                : new ServiceException(FailureCode.INTERNAL, String.valueOf(cause.getMessage()), cause);
    }
}
