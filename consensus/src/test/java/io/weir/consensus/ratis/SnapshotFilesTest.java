package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.testsupport.consensus.JournalState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFilesTest {
    private static final String UNPUBLISHED = ".unpublished";

    @TempDir
    private Path directory;

    private List<Path> unpublished() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(UNPUBLISHED))
                    .toList();
        }
    }

    @Test
    void leavesNoFileOfASnapshotThatCannotBePublished() throws Exception {
        try (RatisConsensus consensus =
                new RatisConsensus(ConsensusConfig.defaults(directory), new SimpleMeterRegistry())) {
            // Given a finished snapshot whose name is taken by what no file can replace
            ConsensusGroup group = consensus.open("journal", new JournalState());
            group.submit(JournalState.entry("a")).get(60, TimeUnit.SECONDS);
            ConsensusGroup.PreparedSnapshot prepared = group.prepareSnapshot().get(60, TimeUnit.SECONDS);
            Path file = unpublished().getFirst();
            String name = file.getFileName().toString();
            Path taken =
                    Files.createDirectory(file.resolveSibling(name.substring(0, name.length() - UNPUBLISHED.length())));

            // When
            assertThat(prepared.publish()).failsWithin(10, TimeUnit.SECONDS);

            // Then
            assertThat(unpublished()).isEmpty();

            // And the next one can be published
            Files.delete(taken);
            group.submit(JournalState.entry("b")).get(60, TimeUnit.SECONDS);
            assertThat(group.prepareSnapshot().get(60, TimeUnit.SECONDS).publish())
                    .succeedsWithin(10, TimeUnit.SECONDS);
            assertThat(unpublished()).isEmpty();
        }
    }
}
