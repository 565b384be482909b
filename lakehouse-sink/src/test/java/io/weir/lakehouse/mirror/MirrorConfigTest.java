package io.weir.lakehouse.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MirrorConfigTest {
    @ParameterizedTest
    @CsvSource({
        "uri, jdbc:x, either a type or a catalog-impl",
        "catalog-impl, a.b.C, either a type or a catalog-impl",
        "io-impl, a.b.C, cannot be set",
    })
    void refusesPropertiesThatSayTooLittleOrTooMuch(String property, String value, String message) {
        Map<String, String> properties =
                property.equals("uri") ? Map.of(property, value) : Map.of("type", "jdbc", property, value);

        assertThatThrownBy(() -> MirrorConfig.of("lake", properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"rest", "REST", "hadoop"})
    void refusesACatalogThatKeepsNoPointers(String type) {
        assertThatThrownBy(() -> MirrorConfig.of("lake", Map.of("type", type)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot show tables");
    }

    @Test
    void refusesAnEmptyNameAndOnePropertyTooMany() {
        Map<String, String> most = new HashMap<>(Map.of("type", "jdbc"));
        for (int i = 1; i < MirrorConfig.MAX_PROPERTIES; i++) {
            most.put("p" + i, "");
        }
        assertThat(MirrorConfig.of("lake", most).properties()).hasSize(MirrorConfig.MAX_PROPERTIES);

        most.put("more", "");

        assertThatThrownBy(() -> MirrorConfig.of("lake", most)).hasMessageContaining("more than 100");
        assertThatThrownBy(() -> MirrorConfig.of(" ", Map.of("type", "jdbc"))).hasMessageContaining("empty");
    }

    @Test
    void showsNoPasswords() {
        MirrorConfig config = MirrorConfig.of("lake", Map.of("type", "jdbc", "jdbc.password", "hush"));

        assertThat(config.toString()).contains("jdbc.password").doesNotContain("hush");
    }
}
