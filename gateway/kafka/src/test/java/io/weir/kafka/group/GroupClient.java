package io.weir.kafka.group;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.NoConnection;
import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaClient;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** Consumer groups on fakes, asked through the bytes of requests and answers, at any version. */
final class GroupClient implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(1);

    final MemoryMetadata metadata = new MemoryMetadata();
    final MemoryCellStore cells = new MemoryCellStore(metadata);
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ClusterNode self = new ClusterNode(new NodeId(1), "gateway.example", 9092);
    final ConsumerGroups groups;
    private final KafkaClient client = new KafkaClient(new NoConnection(), TenantId.DEFAULT);

    GroupClient() {
        metadata.registerNode(self).join();
        groups = new ConsumerGroups(
                ConsumerGroupsConfig.DEFAULT,
                self.id(),
                () -> self,
                cells,
                metadata,
                location -> OptionalLong.of(100),
                meters);
    }

    GroupClient started() {
        groups.start();
        return this;
    }

    static Uuid id(Topic topic) {
        return new Uuid(
                topic.id().value().getMostSignificantBits(), topic.id().value().getLeastSignificantBits());
    }

    /** Sends the request at a version and waits for what comes back at the same. */
    <T extends ApiMessage> T ask(ApiKeys key, int version, ApiMessage request, Class<T> answer) {
        return answer.cast(answer(key, version, request)
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join());
    }

    /** Asks at the latest version, again while the cell is being loaded, as clients do. */
    <T extends ApiMessage> Errors askUntilLoaded(
            ApiKeys key, ApiMessage request, Class<T> answer, Function<T, Errors> error) {
        AtomicReference<Errors> last = new AtomicReference<>(Errors.NONE);
        Await.until("an answer that is not about loading", PATIENCE, () -> {
            Errors now = error.apply(ask(key, key.latestVersion(false), (ApiMessage) request.duplicate(), answer));
            last.set(now);
            return now != Errors.NOT_COORDINATOR
                    && now != Errors.COORDINATOR_NOT_AVAILABLE
                    && now != Errors.COORDINATOR_LOAD_IN_PROGRESS;
        });
        return Objects.requireNonNull(last.get());
    }

    CompletableFuture<ApiMessage> answer(ApiKeys key, int version, ApiMessage request) {
        short wireVersion = (short) version;
        ApiHandler handler = groups.handlers().stream()
                .filter(each -> each.keys().contains(key))
                .findFirst()
                .orElseThrow();
        AbstractRequest parsed = AbstractRequest.parseRequest(key, wireVersion, bytes(request, wireVersion)).request;
        RequestHeader header = new RequestHeader(key, wireVersion, "test", 1);
        return handler.handle(new KafkaRequest(header, parsed, client))
                .thenApply(response -> AbstractResponse.parseResponse(
                                key, bytes(response.data(), wireVersion), wireVersion)
                        .data());
    }

    private static ByteBufferAccessor bytes(ApiMessage message, short version) {
        return MessageUtil.toByteBufferAccessor(message, version);
    }

    @Override
    public void close() {
        groups.close();
    }
}
