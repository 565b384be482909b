package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MoveRequestsTest {
    private final MemoryMetadata metadata = new MemoryMetadata();

    @BeforeEach
    void create() {
        metadata.shards(2);
        metadata.createTopic(TenantId.DEFAULT, "orders", 4, Map.of()).join();
    }

    private String answer(String method, String path) {
        HttpAnswer answer = new MoveRequests(metadata.moves(), metadata)
                .answer(new HttpQuestion(method, path, Map.of(), Map.of(), ByteBuffer.allocate(0)));
        return answer.status() + " " + StandardCharsets.UTF_8.decode(answer.body());
    }

    private int shardOf(int partition) {
        return metadata.image()
                .topic(TenantId.DEFAULT, "orders")
                .orElseThrow()
                .location(partition)
                .orElseThrow()
                .shard()
                .value();
    }

    @Test
    void plansMovesOfSomePartitionsAndShowsThemUntilTheyAreOver() {
        int to = 1 - shardOf(2);
        assertThat(answer("PUT", "/moves/orders/" + to + "/2"))
                .startsWith("200 ")
                .contains("\"topic\":\"orders\"", "\"partitions\":[2]", "\"to\":" + to, "\"phase\":\"planned\"");
        assertThat(answer("GET", "/moves")).contains("\"partitions\":[2]");
        long move = metadata.image().moves().getFirst().id();
        metadata.moves().advance(move, Phase.PLACED).join();
        assertThat(answer("GET", "/moves")).contains("placed");
        metadata.moves().end(move).join();
        assertThat(answer("GET", "/moves")).isEqualTo("200 {\"moves\":[]}");
        assertThat(shardOf(2)).isEqualTo(to);
    }

    @Test
    void saysAtWhichShardsATopicIs() {
        assertThat(answer("GET", "/moves/orders"))
                .contains("\"shards\":[" + shardOf(0) + "," + shardOf(1) + "," + shardOf(2) + "," + shardOf(3) + "]");
        assertThat(answer("GET", "/moves/nothing")).startsWith("404 ").contains("'nothing'");
    }

    @Test
    void aMoveThatPlacedNothingCanBeGivenUp() {
        answer("PUT", "/moves/orders/" + (1 - shardOf(0)) + "/0");
        long move = metadata.image().moves().getFirst().id();
        assertThat(answer("DELETE", "/moves/" + move)).startsWith("200 ").contains("given up");
        assertThat(metadata.image().moves().getFirst().phase()).isEqualTo(Phase.CANCELLED);
        assertThat(answer("DELETE", "/moves/" + (move + 7))).startsWith("409 ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    PUT    | /moves/orders/x     | 400
                    PUT    | /moves/orders/1/0,x | 400
                    PUT    | /moves/orders/-1    | 400
                    DELETE | /moves/x            | 400
                    PUT    | /moves/orders       | 405
                    POST   | /moves              | 405
                    GET    | /moves/a/b          | 405
                    """)
    void refusesWhatItDoesNotUnderstand(String method, String path, int status) {
        assertThat(answer(method, path)).startsWith(status + " ").contains("/moves/TOPIC/SHARD");
        assertThat(metadata.image().moves()).isEmpty();
    }
}
