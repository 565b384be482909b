package io.weir.launcher.cli;

import io.weir.launcher.config.Setting;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code weir serve} was told on its command line.
 *
 * @param file the configuration file, when one is named
 */
record ServeFlags(Map<Setting, String> flags, @Nullable Path file) {
    private static final String FILE_FLAG = "--config";

    ServeFlags {
        flags = Map.copyOf(flags);
    }

    /**
     * Reads a command line that is {@code serve} and flags with one value each, once each, and no other: whatever needs
     * an explanation, or more thought, is left to {@link CommandTree}, which reads these alike. The parser's classes
     * are too old for the JVM's ahead-of-time cache, and would cost the server a third of its start.
     */
    static Optional<ServeFlags> read(String... args) {
        if (args.length == 0 || !args[0].equals("serve")) {
            return Optional.empty();
        }
        Map<String, String> given = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            String flag = equals < 0 ? args[i] : args[i].substring(0, equals);
            if (equals < 0 && ++i == args.length) {
                return Optional.empty();
            }
            String value = args[i].substring(equals + 1);
            if (!isPlain(value) || given.putIfAbsent(flag, value) != null) {
                return Optional.empty();
            }
        }
        return known(given);
    }

    private static boolean isPlain(String value) {
        return !value.isEmpty() && "-@\"'$".indexOf(value.charAt(0)) < 0;
    }

    private static Optional<ServeFlags> known(Map<String, String> given) {
        @Nullable String file = given.remove(FILE_FLAG);
        Map<Setting, String> flags = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            String value = given.remove(setting.flag());
            if (value != null) {
                flags.put(setting, value);
            }
        }
        return given.isEmpty()
                ? Optional.of(new ServeFlags(flags, file == null ? null : Path.of(file)))
                : Optional.empty();
    }
}
