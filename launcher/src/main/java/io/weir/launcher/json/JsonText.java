package io.weir.launcher.json;

import java.util.Map;

/** Writes maps, lists, strings, numbers, booleans and null as JSON (RFC 8259) on one line. */
public final class JsonText {
    private JsonText() {}

    /** The text of such a value. */
    public static String of(Object value) {
        StringBuilder json = new StringBuilder();
        write(json, value);
        return json.toString();
    }

    private static void write(StringBuilder json, Object value) {
        switch (value) {
            case null -> json.append("null");
            case Map<?, ?> map -> object(json, map);
            case Iterable<?> list -> array(json, list);
            case Number number -> json.append(number);
            case Boolean bool -> json.append(bool);
            default -> string(json, value.toString());
        }
    }

    private static void object(StringBuilder json, Map<?, ?> map) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            json.append(separator);
            string(json, String.valueOf(entry.getKey()));
            json.append(':');
            write(json, entry.getValue());
            separator = ",";
        }
        json.append(map.isEmpty() ? "{}" : "}");
    }

    private static void array(StringBuilder json, Iterable<?> list) {
        json.append('[');
        String separator = "";
        for (Object element : list) {
            json.append(separator);
            write(json, element);
            separator = ",";
        }
        json.append(']');
    }

    private static void string(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < 0x20) {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
