package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MovePlans;
import io.weir.launcher.config.Exposure;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ClusterResourceTest {
    private final MemoryMetadata metadata = new MemoryMetadata();

    private String answer(List<ConsensusGroup> groups) {
        HttpAnswer answer = new ClusterResource(
                        new NodeId(1),
                        metadata,
                        () -> groups,
                        new FakePlans(),
                        (total, founders) -> CompletableFuture.completedFuture(new MetadataResult.Accepted<>(total)),
                        MovePlans.NONE,
                        () -> List.of(5L),
                        Exposure.LOOPBACK)
                .answer(new HttpQuestion("GET", "", Map.of(), Map.of(), ByteBuffer.allocate(0)));
        return answer.status() + " " + StandardCharsets.UTF_8.decode(answer.body());
    }

    @Test
    void aShardThatIsOpenBeforeTheImageShowsItIsDescribedWithoutWhatIsNotKnown() {
        // Given an image of one shard
        metadata.shards(1);
        // When the group of a second one is open
        String described = answer(List.of(
                new FakeGroup(1, 2, 3).named("wal-0"),
                new FakeGroup(1, 2, 3).named("wal-1").ledBy(2, 4)));
        // Then
        assertThat(described)
                .startsWith("200 ")
                .contains("\"group\":\"wal-0\"", "\"streams\":0", "\"tailBytes\":5")
                .contains("\"group\":\"wal-1\"", "\"leader\":2", "\"streams\":null", "\"tailBytes\":null");
    }
}
