package io.weir.launcher.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The configuration file: a YAML mapping from keys to plain values. */
public final class SettingsFile {
    private static final int MAX_CODE_POINTS = 1 << 20;

    private SettingsFile() {}

    /** @throws SettingException when the file cannot be read, is no such mapping, or has a key that is no setting */
    public static Map<Setting, String> read(Path file) {
        Object document;
        try (InputStream in = Files.newInputStream(file)) {
            document = new Load(LoadSettings.builder()
                            .setLabel(file.toString())
                            .setCodePointLimit(MAX_CODE_POINTS)
                            .build())
                    .loadFromInputStream(in);
        } catch (IOException unreadable) {
            throw new SettingException("Cannot read the configuration file " + file + ": " + unreadable);
        } catch (YamlEngineException malformed) {
            throw new SettingException("The configuration file " + file + " is not YAML: " + malformed.getMessage());
        }
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        if (document == null) {
            return settings;
        }
        if (!(document instanceof Map<?, ?> entries)) {
            throw new SettingException("The configuration file " + file + " is not a mapping of keys to values");
        }
        entries.forEach((key, value) -> {
            Setting setting = Setting.byKey(String.valueOf(key))
                    .orElseThrow(() -> new SettingException("Unknown key '" + key + "' in the configuration file "
                            + file + "; known are "
                            + Arrays.stream(Setting.values()).map(Setting::key).collect(Collectors.joining(", "))));
            settings.put(setting, plain(file, setting, value));
        });
        return settings;
    }

    private static String plain(Path file, Setting setting, Object value) {
        return switch (value) {
            case String text -> text;
            case Number number -> number.toString();
            case Boolean bool -> bool.toString();
            case List<?> list -> list.stream().map(String::valueOf).collect(Collectors.joining(","));
            case null, default ->
                throw new SettingException("'" + setting.key() + "' in the configuration file " + file
                        + " has no plain value: give it " + setting.placeholder());
        };
    }
}
