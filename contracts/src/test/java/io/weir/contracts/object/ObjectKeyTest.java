package io.weir.contracts.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectKeyTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a b", "ä", "~a", "a\u0000"})
    void refusesWhatCouldLeaveItsPrefixOrIsNotPortable(String value) {
        assertThatThrownBy(() -> new ObjectKey(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Illegal object key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "ab12/segment-3.weir", "..a/b..", "a=1/_b", "city=New+York%2F1/*"})
    void admitsPathsOfPortableCharacters(String value) {
        assertThat(new ObjectKey(value).value()).isEqualTo(value);
    }

    @Test
    void admitsTheLongestKeyAndNotOneCharacterMore() {
        assertThat(new ObjectKey("a".repeat(ObjectKey.MAX_CHARS)).value()).hasSize(512);
        assertThatThrownBy(() -> new ObjectKey("a".repeat(ObjectKey.MAX_CHARS + 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
