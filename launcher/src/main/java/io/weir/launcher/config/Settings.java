package io.weir.launcher.config;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The value of each setting that somebody gave, and who did. A flag beats the file, the file beats the variables. */
public final class Settings {
    /** The variable that names the file, as {@code --config} does. */
    public static final String FILE_VARIABLE = "WEIR_CONFIG";

    private static final String VARIABLE_PREFIX = "WEIR_";

    /** Variables that begin alike and are read by the {@code weir} script, or by the client commands. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of(FILE_VARIABLE, "WEIR_HEAP", "WEIR_JVM_OPTIONS", "WEIR_CLASSPATH", "WEIR_BOOTSTRAP", "WEIR_ADMIN");

    private final Map<Setting, Given> given;

    private Settings(Map<Setting, Given> given) {
        this.given = given;
    }

    /**
     * @param flags as given on the command line
     * @param file the configuration file's entries
     * @param environment every variable of the process
     * @throws SettingException when a variable begins with {@code WEIR_} and is not a setting
     */
    public static Settings of(Map<Setting, String> flags, Map<Setting, String> file, Map<String, String> environment) {
        Map<Setting, Given> given = new EnumMap<>(Setting.class);
        environment.forEach((variable, value) -> {
            if (variable.startsWith(VARIABLE_PREFIX) && !OTHER_VARIABLES.contains(variable)) {
                Setting setting = Setting.byVariable(variable)
                        .orElseThrow(() -> new SettingException("Unknown variable " + variable + "; known are "
                                + Arrays.stream(Setting.values())
                                        .map(Setting::variable)
                                        .collect(Collectors.joining(", "))));
                given.put(setting, new Given(value, variable));
            }
        });
        file.forEach((setting, value) ->
                given.put(setting, new Given(value, "'" + setting.key() + "' in the configuration file")));
        flags.forEach((setting, value) -> given.put(setting, new Given(value, setting.flag())));
        return new Settings(given);
    }

    /** Reads a setting that has a value, be it the default. */
    <T> T read(Setting setting, Function<String, T> parser) {
        return readIfGiven(setting, parser)
                .orElseGet(() -> parser.apply(setting.fallback()
                        .orElseThrow(() -> new IllegalStateException("No default for " + setting.key()))));
    }

    /** Reads a setting, if anybody gave it a value. */
    <T> Optional<T> readIfGiven(Setting setting, Function<String, T> parser) {
        Given value = given.get(setting);
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(value.text));
        } catch (IllegalArgumentException illegal) {
            throw new SettingException(value.origin + ": " + illegal.getMessage());
        }
    }

    private record Given(String text, String origin) {}
}
