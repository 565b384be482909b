package io.weir.launcher.config;

/** A setting that cannot be used. The message names it, says where it was given, and what would do. */
public final class SettingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SettingException(String message) {
        super(message);
    }
}
