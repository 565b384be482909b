package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FreshIdsTest {
    @Test
    void skipsIdsThatMeanSomethingToKafka() {
        UUID dash = new UUID(0xF800_0000_0000_0000L, 5);
        UUID good = new UUID(0x1234_5678_0000_0000L, 5);
        assertThat(FreshIds.text(dash)).startsWith("-");
        var source = new ArrayDeque<>(List.of(new UUID(0, 0), new UUID(0, 1), dash, good));
        assertThat(FreshIds.drawFrom(source::remove)).isEqualTo(good);
    }

    @Test
    void writesThemAsKafkaDoes() {
        assertThat(FreshIds.text(new UUID(0, 1))).isEqualTo("AAAAAAAAAAAAAAAAAAAAAQ");
        assertThat(FreshIds.text(FreshIds.draw())).hasSize(22);
    }
}
