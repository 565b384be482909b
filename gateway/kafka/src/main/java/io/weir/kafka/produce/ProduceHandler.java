package io.weir.kafka.produce;

import io.weir.contracts.append.StreamAppender;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.jspecify.annotations.Nullable;

/**
 * Produce. Every acknowledgement, whatever {@code acks} says, means that a quorum has fsynced the batch; 0 only asks
 * for none to be sent.
 */
public final class ProduceHandler implements ApiHandler {
    private final StreamAppender appender;
    private final MetadataSource metadata;
    private final Duration maxImageAge;
    private final BatchChecker checker;
    private final Executor checkers;

    /**
     * A handler.
     *
     * @param checkers opens batches that an event loop has no time for
     */
    public ProduceHandler(
            StreamAppender appender,
            MetadataSource metadata,
            Duration maxImageAge,
            BatchChecker checker,
            Executor checkers) {
        this.appender = appender;
        this.metadata = metadata;
        this.maxImageAge = maxImageAge;
        this.checker = checker;
        this.checkers = checkers;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.PRODUCE);
    }

    @Override
    public CompletableFuture<@Nullable AbstractResponse> handle(KafkaRequest request) {
        ProduceOperation operation = new ProduceOperation(request, appender, checker);
        boolean unopened = operation.check(metadata.image(), refusal(request.body(ProduceRequest.class)));
        CompletableFuture<ProduceOperation> checked = CompletableFuture.completedFuture(operation);
        if (unopened) {
            try {
                checked = CompletableFuture.supplyAsync(
                        () -> {
                            operation.open();
                            return operation;
                        },
                        checkers);
            } catch (RejectedExecutionException closed) {
                checked = CompletableFuture.failedFuture(Errors.NOT_LEADER_OR_FOLLOWER.exception());
            }
        }
        return request.client()
                .produceLane()
                .enter(
                        checked,
                        ProduceOperation::append,
                        request.client().connection().loop());
    }

    private CheckedBatch.@Nullable Refused refusal(ProduceRequest body) {
        if (body.acks() < -1 || body.acks() > 1) {
            return new CheckedBatch.Refused(Errors.INVALID_REQUIRED_ACKS, "acks is " + body.acks());
        }
        if (body.transactionalId() != null) {
            return new CheckedBatch.Refused(Errors.INVALID_TXN_STATE, "Transactions are not offered");
        }
        if (metadata.age().compareTo(maxImageAge) > 0) {
            return new CheckedBatch.Refused(Errors.NOT_LEADER_OR_FOLLOWER, "The metadata is out of date");
        }
        return null;
    }
}
