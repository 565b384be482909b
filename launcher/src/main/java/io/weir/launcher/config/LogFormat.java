package io.weir.launcher.config;

/** How log lines look. */
public enum LogFormat {
    TEXT,
    JSON;

    static LogFormat parse(String text) {
        return switch (text) {
            case "text" -> TEXT;
            case "json" -> JSON;
            default -> throw new IllegalArgumentException("'" + text + "' is neither text nor json");
        };
    }
}
