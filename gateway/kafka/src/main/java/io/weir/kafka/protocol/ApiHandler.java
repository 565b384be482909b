package io.weir.kafka.protocol;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * Answers the requests of one or more APIs, at every version that Kafka's codec knows and calls stable.
 *
 * <p>Threading: {@link #handle} is called on the connection's event loop and never blocks. Requests of one connection
 * are handed over in the order in which they came, without waiting for earlier ones to be answered; the answers are put
 * in order by the connection.
 */
public interface ApiHandler {
    /** The APIs this handler answers: they are advertised for that reason alone. */
    Set<ApiKeys> keys();

    /**
     * Answers a request.
     *
     * @return completes on any thread. Exceptionally, it is answered with the error that {@link ErrorTable} has for the
     *     cause. A response of null ends the request without an answer; {@link CloseConnection} closes the connection
     */
    CompletableFuture<? extends @org.jspecify.annotations.Nullable AbstractResponse> handle(KafkaRequest request);
}
