package io.weir.kafka.group;

import io.weir.contracts.identity.TenantId;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** One API of groups, for the clients of one tenant. */
record GroupHandler(
        ApiKeys key, TenantId tenant, Function<KafkaRequest, CompletableFuture<? extends AbstractResponse>> answer)
        implements ApiHandler {
    @Override
    public Set<ApiKeys> keys() {
        return Set.of(key);
    }

    @Override
    public CompletableFuture<? extends AbstractResponse> handle(KafkaRequest request) {
        return request.tenant().equals(tenant)
                ? answer.apply(request)
                : refuse(request, Errors.GROUP_AUTHORIZATION_FAILED);
    }

    /** The whole request answered with an error. */
    static CompletableFuture<AbstractResponse> refuse(KafkaRequest request, Errors error) {
        return CompletableFuture.completedFuture(request.body().getErrorResponse(0, error.exception()));
    }
}
