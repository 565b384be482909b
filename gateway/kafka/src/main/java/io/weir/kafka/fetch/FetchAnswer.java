package io.weir.kafka.fetch;

import io.weir.kafka.wire.Releasing;
import java.util.Map;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** A fetch's response, which holds a part of the budget until it is written. */
final class FetchAnswer extends AbstractResponse implements Releasing {
    private final FetchResponseData data;
    private final FetchBudget budget;
    private final long heldBytes;

    FetchAnswer(FetchResponseData data, FetchBudget budget, long heldBytes) {
        super(ApiKeys.FETCH);
        this.data = data;
        this.budget = budget;
        this.heldBytes = heldBytes;
    }

    @Override
    public void release() {
        budget.release(heldBytes);
    }

    @Override
    public ApiMessage data() {
        return data;
    }

    @Override
    public Map<Errors, Integer> errorCounts() {
        return errorCounts(Errors.forCode(data.errorCode()));
    }

    @Override
    public int throttleTimeMs() {
        return data.throttleTimeMs();
    }

    @Override
    public void maybeSetThrottleTimeMs(int throttleTimeMs) {
        data.setThrottleTimeMs(throttleTimeMs);
    }
}
