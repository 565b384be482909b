package io.weir.testsupport.history;

import java.util.regex.Pattern;

/** The names of topics, producers, consumers and groups: what Kafka allows for a topic. */
final class Names {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");

    private Names() {}

    static String require(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("Not a name for a history: '" + name + "'");
        }
        return name;
    }
}
