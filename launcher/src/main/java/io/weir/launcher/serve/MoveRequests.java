package io.weir.launcher.serve;

import static io.weir.launcher.serve.ClusterAnswers.BAD_REQUEST;
import static io.weir.launcher.serve.ClusterAnswers.METHOD_NOT_ALLOWED;
import static io.weir.launcher.serve.ClusterAnswers.NOT_FOUND;
import static io.weir.launcher.serve.ClusterAnswers.OK;
import static io.weir.launcher.serve.ClusterAnswers.planned;
import static io.weir.launcher.serve.ClusterAnswers.said;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.contracts.metadata.Topic;
import io.weir.launcher.json.JsonText;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@code PUT /cluster/moves/TOPIC/SHARD} and {@code …/SHARD/P,P}: plans that a topic's partitions move to a shard (ADR
 * 14). {@code GET /cluster/moves}: what is not over; {@code …/TOPIC}: at which shard each partition is. {@code DELETE
 * /cluster/moves/ID}: gives a move up that has not placed anything yet. What is answered is planned; the leader of the
 * shard that they leave carries it out.
 *
 * <p>Threading: any thread that may block.
 */
final class MoveRequests {
    private static final String PATH = "/moves";
    private static final String USAGE =
            "PUT " + PATH + "/TOPIC/SHARD/P,P moves partitions, or all of a topic without them; DELETE " + PATH
                    + "/ID gives a move up, GET " + PATH + " says what is not over, and GET " + PATH
                    + "/TOPIC where partitions are";

    private final MovePlans plans;
    private final MetadataSource metadata;

    MoveRequests(MovePlans plans, MetadataSource metadata) {
        this.plans = plans;
        this.metadata = metadata;
    }

    static boolean isFor(HttpQuestion question) {
        return question.path().equals(PATH) || question.path().startsWith(PATH + "/");
    }

    HttpAnswer answer(HttpQuestion question) {
        String[] words = question.path().substring(PATH.length()).split("/", -1);
        try {
            return switch (question.method() + " " + (words.length - 1)) {
                case "GET 0" ->
                    HttpAnswer.json(OK, JsonText.of(shown(metadata.image().moves())));
                case "GET 1" -> shards(decoded(words[1]));
                case "PUT 2" -> move(words[1], words[2], List.of());
                case "PUT 3" -> move(words[1], words[2], numbers(words[3]));
                case "DELETE 1" -> giveUp(Long.parseLong(words[1]));
                default -> said(METHOD_NOT_ALLOWED, USAGE);
            };
        } catch (IllegalArgumentException malformed) {
            return said(BAD_REQUEST, "Not numbers: " + malformed.getMessage() + ". " + USAGE);
        }
    }

    private static List<Integer> numbers(String text) {
        return Arrays.stream(decoded(text).split(",", -1)).map(Integer::valueOf).toList();
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private HttpAnswer move(String topic, String shard, List<Integer> partitions) {
        ShardId to = new ShardId(Integer.parseInt(shard));
        return planned(
                plans.plan(TenantId.DEFAULT, decoded(topic), partitions, to),
                moves -> HttpAnswer.json(OK, JsonText.of(shown(moves))));
    }

    private HttpAnswer shards(String name) {
        Optional<Topic> found = metadata.image().topic(TenantId.DEFAULT, name);
        if (found.isEmpty()) {
            return said(NOT_FOUND, "There is no topic '" + name + "'");
        }
        Topic topic = found.get();
        List<Integer> shards = IntStream.range(0, topic.partitions())
                .mapToObj(partition ->
                        topic.location(partition).orElseThrow().shard().value())
                .toList();
        return HttpAnswer.json(OK, JsonText.of(Map.of("topic", name, "shards", shards)));
    }

    private HttpAnswer giveUp(long move) {
        return planned(
                plans.advance(move, Phase.CANCELLED),
                given -> said(OK, "Move " + given.id() + " is given up: its partitions stay"));
    }

    private Map<String, Object> shown(List<StreamMove> moves) {
        MetadataImage image = metadata.image();
        return Map.of("moves", moves.stream().map(move -> row(image, move)).toList());
    }

    private static Map<String, Object> row(MetadataImage image, StreamMove move) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("move", move.id());
        row.put("topic", image.topic(move.topic()).map(Topic::name).orElse(""));
        row.put("partitions", move.partitions());
        row.put("from", move.from().value());
        row.put("to", move.to().value());
        row.put("phase", move.phase().name().toLowerCase(Locale.ROOT));
        return row;
    }
}
