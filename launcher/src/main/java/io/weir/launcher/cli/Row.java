package io.weir.launcher.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One line of an answer: its cells by name, in order. */
final class Row {
    private final Map<String, Object> cells = new LinkedHashMap<>();

    /** Adds a cell; null is left out. */
    Row with(String name, @Nullable Object value) {
        if (value != null) {
            cells.put(name, value);
        }
        return this;
    }

    Map<String, Object> cells() {
        return cells;
    }
}
