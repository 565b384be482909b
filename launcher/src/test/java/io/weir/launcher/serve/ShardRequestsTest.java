package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.ShardPlans;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardRequestsTest {
    private final List<Peer> founders = new ArrayList<>();
    private final List<ConsensusGroup> groups = new ArrayList<>(List.of(new FakeGroup(1, 2, 3).named("wal-0")));
    private ShardPlans plans = (total, peers) -> {
        founders.addAll(peers);
        return CompletableFuture.completedFuture(new MetadataResult.Accepted<>(total));
    };

    private String answer(String method, String path) {
        HttpAnswer answer = new ShardRequests(plans, () -> groups)
                .answer(new HttpQuestion(method, path, Map.of(), Map.of(), ByteBuffer.allocate(0)));
        return answer.status() + " " + StandardCharsets.UTF_8.decode(answer.body());
    }

    @Test
    void newShardsBeginWithThePeersOfTheFirst() {
        assertThat(answer("PUT", "/shards/16")).startsWith("200 ").contains("There are 16 shards");
        assertThat(founders.stream().map(peer -> peer.id().node().value())).containsExactly(1, 2, 3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    PUT | /shards/17 | 400 | 1 to 16
                    PUT | /shards/0  | 400 | 1 to 16
                    PUT | /shards/x  | 400 | Not a number
                    GET | /shards/2  | 405 | adds shards
                    """)
    void refusesWhatCannotBe(String method, String path, int status, String reason) {
        assertThat(answer(method, path)).startsWith(status + " ").contains(reason);
        assertThat(founders).isEmpty();
    }

    @Test
    void refusesWhereNoPeersOfTheLogAreKnown() {
        groups.clear();
        assertThat(answer("PUT", "/shards/2")).startsWith("409 ").contains("keeps the log");
        groups.add(new FakeGroup(1).named("wal-0").alone());
        assertThat(answer("PUT", "/shards/2")).startsWith("409 ").contains("single process");
        assertThat(founders).isEmpty();
    }

    @Test
    void saysWhatTheMetadataSays() {
        plans = (total, peers) -> CompletableFuture.completedFuture(
                new MetadataResult.Rejected<>(MetadataResult.Rejection.INVALID_REQUEST, "none is taken away"));
        assertThat(answer("PUT", "/shards/2")).startsWith("409 ").contains("none is taken away");
        plans = (total, peers) ->
                CompletableFuture.failedFuture(new ServiceException(FailureCode.NOT_LEADER, "Nobody leads"));
        assertThat(answer("PUT", "/shards/2")).startsWith("503 ").contains("Nobody leads");
    }
}
