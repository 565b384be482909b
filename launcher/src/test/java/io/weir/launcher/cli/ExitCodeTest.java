package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.config.SettingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ExitCodeTest {
    private final StringWriter err = new StringWriter();

    private int of(Throwable failure) {
        return ExitCode.of(failure, new PrintWriter(err, true));
    }

    @Test
    void aReaderThatHasGoneIsNoBug() {
        assertThat(of(new IOException("Broken pipe"))).isEqualTo(ExitCode.FAILED);
        assertThat(err).hasToString("weir: Broken pipe\n");
    }

    @Test
    void whatCannotBeUsedIsTold() {
        assertThat(of(new SettingException("wal-shards: 0"))).isEqualTo(ExitCode.USAGE);
        assertThat(err).hasToString("weir: wal-shards: 0\n");
    }

    @Test
    void aBugShowsItsTrace() {
        assertThat(of(new AssertionError("a bug"))).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("AssertionError: a bug", "at io.weir");
    }
}
