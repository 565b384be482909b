package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceCommandTest {
    private final InputStream before = System.in;

    @BeforeEach
    void nothingToSend() {
        System.setIn(InputStream.nullInputStream());
    }

    @AfterEach
    void restore() {
        System.setIn(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1ms", "15s", "24d"})
    void waitsAsLongAsItMay(String timeout) {
        assertThat(CommandTree.execute("produce", "orders", "--timeout", timeout, "--bootstrap", "127.0.0.1:1"))
                .isEqualTo(ExitCode.OK);
    }

    @Test
    void noLongerThanAProducerCan() {
        assertThat(CommandTree.execute("produce", "orders", "--timeout", "25d", "--bootstrap", "127.0.0.1:1"))
                .isEqualTo(ExitCode.USAGE);
    }
}
