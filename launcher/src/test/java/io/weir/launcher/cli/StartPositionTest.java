package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StartPositionTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    @Test
    void readsWhatPeopleWrite() {
        assertThat(StartPosition.parse("beginning")).isEqualTo(new StartPosition.Beginning());
        assertThat(StartPosition.parse("end")).isEqualTo(new StartPosition.End());
        assertThat(StartPosition.parse("42")).isEqualTo(new StartPosition.Offset(42));
        assertThat(StartPosition.parse("2026-11-21T11:00:00+01:00")).isEqualTo(new StartPosition.Timestamp(NOW));
        assertThatThrownBy(() -> StartPosition.parse("yesterday")).hasMessageContaining("'yesterday' is neither");
    }

    @Test
    void aTimeBefore1970IsNoSpecialOffset() {
        assertThat(StartPosition.parse("1969-12-31T23:59:59.999Z"))
                .isEqualTo(new StartPosition.Timestamp(Instant.EPOCH));
    }

    @Test
    void noDurationLeadsBehind1970() {
        assertThat(StartPosition.Timestamp.ago(Duration.ofHours(2), NOW))
                .isEqualTo(new StartPosition.Timestamp(Instant.parse("2026-11-21T08:00:00Z")));
        assertThat(StartPosition.Timestamp.ago(Duration.ofDays(30_000), NOW))
                .isEqualTo(new StartPosition.Timestamp(Instant.EPOCH));
        assertThat(StartPosition.Timestamp.ago(Duration.ofDays(999_999_999_999L), NOW))
                .isEqualTo(new StartPosition.Timestamp(Instant.EPOCH));
    }
}
