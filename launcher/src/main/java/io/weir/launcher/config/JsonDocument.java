package io.weir.launcher.config;

import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads JSON, all of which is YAML. */
public final class JsonDocument {
    private JsonDocument() {}

    /**
     * The object or array that a text is, as maps, lists, strings, numbers, booleans and nulls; empty when it is
     * neither.
     *
     * @param mostChars a longer text is not read
     */
    public static Optional<Object> read(String json, int mostChars) {
        try {
            Object document =
                    new Load(LoadSettings.builder().setCodePointLimit(mostChars).build()).loadFromString(json);
            return document instanceof Map<?, ?> || document instanceof Iterable<?>
                    ? Optional.of(document)
                    : Optional.empty();
        } catch (YamlEngineException malformed) {
            return Optional.empty();
        }
    }
}
