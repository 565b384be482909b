package io.weir.launcher.cli;

/** A command that could not do its work. The message says why, in words for whoever typed it. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(String message) {
        super(message);
    }
}
