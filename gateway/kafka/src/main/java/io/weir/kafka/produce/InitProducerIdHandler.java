package io.weir.kafka.produce;

import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.jspecify.annotations.Nullable;

/**
 * InitProducerId for idempotent producers: ids from blocks that the metadata group has set aside, so that most requests
 * cost no command. Transactional ids are refused.
 */
public final class InitProducerIdHandler implements ApiHandler {
    private static final int BLOCK = 1000;

    private final MetadataCommands commands;
    private long nextId;
    private long endId;
    private @Nullable CompletableFuture<Errors> allocating;

    public InitProducerIdHandler(MetadataCommands commands) {
        this.commands = commands;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.INIT_PRODUCER_ID);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        InitProducerIdRequestData body =
                request.body(InitProducerIdRequest.class).data();
        if (body.transactionalId() != null) {
            return CompletableFuture.completedFuture(refused(Errors.UNSUPPORTED_VERSION));
        }
        return next();
    }

    private CompletableFuture<AbstractResponse> next() {
        CompletableFuture<Errors> block;
        synchronized (this) {
            if (nextId < endId) {
                return CompletableFuture.completedFuture(granted(nextId++));
            }
            block = allocating == null ? allocate() : allocating;
        }
        return block.thenCompose(
                error -> error == Errors.NONE ? next() : CompletableFuture.completedFuture(refused(error)));
    }

    private CompletableFuture<Errors> allocate() {
        CompletableFuture<Errors> block = new CompletableFuture<>();
        allocating = block;
        var _ = commands.allocateProducerIds(BLOCK)
                .whenComplete((result, failure) -> block.complete(failure == null ? store(result) : failed(failure)));
        return block;
    }

    private synchronized Errors store(MetadataResult<Long> result) {
        allocating = null;
        return switch (result) {
            case MetadataResult.Accepted<Long>(Long first) -> {
                nextId = first;
                endId = first + BLOCK;
                yield Errors.NONE;
            }
            case MetadataResult.Rejected<Long> rejected -> ErrorTable.of(rejected.reason());
        };
    }

    private synchronized Errors failed(Throwable failure) {
        allocating = null;
        Errors error = ErrorTable.forAdmin(failure);
        return error == Errors.UNKNOWN_SERVER_ERROR ? error : Errors.COORDINATOR_LOAD_IN_PROGRESS;
    }

    private static AbstractResponse granted(long producerId) {
        return new InitProducerIdResponse(
                new InitProducerIdResponseData().setProducerId(producerId).setProducerEpoch((short) 0));
    }

    private static AbstractResponse refused(Errors error) {
        return new InitProducerIdResponse(new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(-1)
                .setProducerEpoch((short) -1));
    }
}
