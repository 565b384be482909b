package io.weir.launcher.serve;

/** An address to listen on is taken. Nothing was changed. */
public final class PortInUseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PortInUseException(String message) {
        super(message);
    }
}
