package io.weir.launcher.data;

/** A data directory that cannot be used as it is. Nothing was changed in it. */
public final class DataDirectoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DataDirectoryException(String message) {
        super(message);
    }
}
