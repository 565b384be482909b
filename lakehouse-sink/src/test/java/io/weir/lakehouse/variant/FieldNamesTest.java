package io.weir.lakehouse.variant;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FieldNamesTest {
    private final FieldNames names = new FieldNames();

    private FieldNames.Name name(String name) {
        byte[] bytes = ("<" + name + ">").getBytes(StandardCharsets.UTF_8);
        return names.of(bytes, 1, bytes.length - 1);
    }

    @Test
    void namesAreNumberedAsTheyFirstComeInEachText() {
        assertThat(names.begin()).isFalse();
        assertThat(name("a").number()).isZero();
        assertThat(name("b").number()).isOne();
        assertThat(name("a").number()).isZero();

        names.begin();
        assertThat(name("b").number()).isZero();
        assertThat(name("a").number()).isOne();
        assertThat(names.kept()).isEqualTo(2);
    }

    @Test
    void aTextMayHaveAnyNumberOfNamesOfWhichNoneAreKeptWhenTheyAreTooMany() {
        names.begin();
        for (int i = 0; i < FieldNames.MOST_KEPT; i++) {
            assertThat(name("name" + i).number()).isEqualTo(i);
        }
        assertThat(names.begin()).isFalse();
        assertThat(names.kept()).isEqualTo(FieldNames.MOST_KEPT);

        name("one more");
        assertThat(names.dictionary().dictionarySize()).isOne();
        assertThat(names.begin()).isTrue();
        assertThat(names.kept()).isZero();
        assertThat(name("name5").number()).isZero();
        assertThat(names.dictionary().get(0)).isEqualTo("name5");
    }

    @Test
    void namesThatAreTooLongTogetherAreNotKept() {
        names.begin();
        name("x".repeat(FieldNames.MOST_KEPT_BYTES));
        assertThat(names.begin()).isFalse();
        name("y");
        assertThat(names.begin()).isTrue();
        assertThat(names.kept()).isZero();
    }
}
