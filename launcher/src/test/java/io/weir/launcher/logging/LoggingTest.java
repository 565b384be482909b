package io.weir.launcher.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import io.weir.launcher.config.LogFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

class LoggingTest {
    /** As {@link QuietConfigurator} leaves it to the other tests of this process. */
    @AfterEach
    void restore() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new QuietConfigurator().configure(context);
        SLF4JBridgeHandler.uninstall();
    }

    @Test
    void aServerSaysWhatItDoesAndOfLibrariesOnlyWhatIsWrong() {
        // When
        Logging.forServer(LogFormat.TEXT);

        // Then
        assertThat(LoggerFactory.getLogger("io.weir.wal.flush.Flusher").isInfoEnabled())
                .isTrue();
        assertThat(LoggerFactory.getLogger("org.apache.hadoop.io.compress.CodecPool"))
                .matches(library -> !library.isInfoEnabled() && library.isWarnEnabled());
    }

    @Test
    void aClientCommandLogsNothing() {
        // When
        Logging.forClient();

        // Then
        assertThat(LoggerFactory.getLogger("io.weir.launcher.cli.Output").isErrorEnabled())
                .isFalse();
    }
}
