package io.weir.testsupport.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LongRunTest {
    @TempDir
    private Path results;

    @Test
    void reportsWhereTheNextRunBegins() throws Exception {
        new LongRun("Some", 7, Duration.ZERO, results).run("steps", seed -> 1000 + seed);

        assertThat(results.resolve("Some")).hasContent("8\n1 seeds, 1,007 steps: nothing found");
    }

    @Test
    void beginsAgainWithTheSeedThatFailed() {
        LongRun run = new LongRun("Some", 7, Duration.ofDays(1), results);

        assertThatThrownBy(() -> run.run("steps", seed -> {
                    if (seed == 9) {
                        throw new IllegalStateException("Lost\nmore");
                    }
                    return 10;
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Seed 9")
                .hasRootCauseMessage("Lost\nmore");

        assertThat(results.resolve("Some")).hasContent("9\n20 steps, then SEED 9 FAILED: Lost");
    }
}
