package io.weir.kafka.fetch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.gateway.read.TieredReader;
import io.weir.kafka.fetch.FetchOperation.FetchTerms;
import io.weir.kafka.fetch.FetchOperation.Outcome;
import io.weir.kafka.fetch.FetchSessions.Context;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.kafka.topics.Gateways;
import io.weir.kafka.topics.Uuids;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;

/** Fetch: waits for data without polling, and sends stored batches without looking into them. */
public final class FetchHandler implements ApiHandler {
    private static final short ZSTD_SINCE = 10;

    private final TieredReader reader;
    private final MetadataSource metadata;
    private final Supplier<Gateways> gateways;
    private final FetchSessions sessions;
    private final FetchBudget budget;
    private final FetchLimits limits;

    /**
     * Caps on what a client may ask for.
     *
     * @param maxBytes of an answer, but for its first batch
     * @param budgetBytes of all answers that are not written yet
     * @param maxSessions incremental sessions
     * @param maxSessionPartitions in all of them together
     */
    public record FetchLimits(
            int maxBytes, long budgetBytes, Duration maxWait, int maxSessions, int maxSessionPartitions) {}

    /**
     * Reads for clients.
     *
     * @param gateways those there are now
     */
    public FetchHandler(
            TieredReader reader,
            MetadataSource metadata,
            Supplier<Gateways> gateways,
            FetchLimits limits,
            MeterRegistry meters) {
        this.reader = reader;
        this.metadata = metadata;
        this.gateways = gateways;
        this.limits = limits;
        this.budget = new FetchBudget(limits.budgetBytes());
        this.sessions =
                new FetchSessions(limits.maxSessions(), limits.maxSessionPartitions(), System::nanoTime, meters);
        Gauge.builder("weir.kafka.fetch.held", budget, FetchBudget::usedBytes)
                .baseUnit("bytes")
                .register(meters);
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.FETCH);
    }

    @Override
    public CompletableFuture<? extends AbstractResponse> handle(KafkaRequest request) {
        FetchRequest body = request.body(FetchRequest.class);
        if (body.data().isolationLevel() < 0 || body.data().isolationLevel() > IsolationLevel.READ_COMMITTED.id()) {
            return CompletableFuture.completedFuture(refused(Errors.INVALID_REQUEST));
        }
        return switch (sessions.open(body)) {
            case Context.Wrong(Errors error) -> CompletableFuture.completedFuture(refused(error));
            case Context.Alone(List<WantedPartition> partitions) ->
                run(request, body, partitions)
                        .thenApply(outcome -> answered(FetchMetadata.INVALID_SESSION_ID, outcome.found(), outcome));
            case Context.First(FetchSession session, List<WantedPartition> partitions) ->
                run(request, body, partitions)
                        .thenApply(outcome -> answered(session.id(), session.news(outcome.found(), true), outcome));
            case Context.Next(FetchSession session, List<WantedPartition> partitions) ->
                run(request, body, partitions)
                        .thenApply(outcome -> answered(session.id(), session.news(outcome.found(), false), outcome));
        };
    }

    private CompletableFuture<Outcome> run(KafkaRequest request, FetchRequest body, List<WantedPartition> partitions) {
        int maxBytes = Math.clamp(body.maxBytes(), 1, limits.maxBytes());
        FetchTerms terms = new FetchTerms(
                Duration.ofMillis(Math.clamp(body.maxWait(), 0, limits.maxWait().toMillis())),
                Math.clamp(body.minBytes(), 0, maxBytes),
                maxBytes,
                body.isolationLevel() == IsolationLevel.READ_COMMITTED,
                request.version() < ZSTD_SINCE);
        Optional<Gateways> near = body.rackId().isEmpty() ? Optional.empty() : Optional.of(gateways.get());
        FetchOperation operation = new FetchOperation(
                partitions,
                key -> nearest(lookup(metadata.image(), request.tenant(), key), body.rackId(), near),
                reader,
                request.client().connection(),
                budget,
                terms);
        CompletableFuture<Outcome> outcome = operation.start();
        if (!outcome.isDone()) {
            Runnable cancel = operation::cancel;
            request.client().onClose(cancel);
            var _ = outcome.whenComplete((found, failure) -> request.client().forget(cancel));
        }
        return outcome;
    }

    private static PartitionLookup lookup(MetadataImage image, TenantId tenant, FetchKey key) {
        Optional<Topic> topic = key.byId()
                ? image.topic(Uuids.topicId(key.topicId()))
                        .filter(found -> found.tenant().equals(tenant))
                : image.topic(tenant, key.topic());
        if (topic.isEmpty()) {
            return new PartitionLookup.Missing(
                    key.byId() ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        return topic.get()
                .location(key.partition())
                .<PartitionLookup>map(PartitionLookup.At::new)
                .orElseGet(() -> new PartitionLookup.Missing(Errors.UNKNOWN_TOPIC_OR_PARTITION));
    }

    /** A consumer that has named its zone is sent to a gateway in it, if there is one (KIP-392). */
    private static PartitionLookup nearest(PartitionLookup found, String zone, Optional<Gateways> gateways) {
        return found instanceof PartitionLookup.At(StreamLocation location)
                ? gateways.flatMap(all -> all.nearer(zone, location))
                        .<PartitionLookup>map(node -> new PartitionLookup.Nearer(location, node))
                        .orElse(found)
                : found;
    }

    private FetchAnswer answered(int sessionId, List<Found> found, Outcome outcome) {
        Map<Object, FetchableTopicResponse> topics = new LinkedHashMap<>();
        for (Found one : found) {
            FetchKey key = one.wanted().key();
            topics.computeIfAbsent(
                            key.byId() ? key.topicId() : key.topic(),
                            topic -> new FetchableTopicResponse()
                                    .setTopicId(key.topicId())
                                    .setTopic(key.topic()))
                    .partitions()
                    .add(one.answer());
        }
        FetchResponseData data = new FetchResponseData().setSessionId(sessionId);
        data.responses().addAll(topics.values());
        return answer(data, outcome.heldBytes());
    }

    private FetchAnswer refused(Errors error) {
        return answer(
                new FetchResponseData().setErrorCode(error.code()).setSessionId(FetchMetadata.INVALID_SESSION_ID), 0);
    }

    private FetchAnswer answer(FetchResponseData data, long heldBytes) {
        return new FetchAnswer(data, budget, heldBytes);
    }
}
