package io.weir.launcher.config;

import java.util.Locale;

/** What a process does. */
public enum Role {
    /** Keeps topics, settings, nodes, tables and the cells' contents. */
    METADATA,
    /** Keeps the write-ahead log, and flushes it to the object store. */
    WAL,
    /** Speaks to clients. */
    GATEWAY,
    /** Makes topics into tables. */
    SINK;

    /** As settings write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
