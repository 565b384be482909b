package io.weir.consensus.ratis;

import io.weir.contracts.failure.FailureCode;
import java.io.IOException;

/** What is behind an exception that a disk caused, however deep it lies. */
final class DiskFailure {
    private DiskFailure() {}

    static FailureCode codeOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof IOException
                    && (message.contains("No space left") || message.contains("quota exceeded"))) {
                return FailureCode.STORAGE_FULL;
            }
        }
        return FailureCode.INTERNAL;
    }

    static String rootOf(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
