package io.weir.kafka.wire;

import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Protocol;
import io.weir.gateway.connection.Reply;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.CloseConnection;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaClient;
import io.weir.kafka.protocol.KafkaRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** One Kafka client: parses its frames, hands the requests to their handlers, and frames the responses. */
final class KafkaSession implements Protocol.Session {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaSession.class);

    private final KafkaProtocol protocol;
    private final KafkaClient client;
    private volatile boolean gone;

    KafkaSession(KafkaProtocol protocol, KafkaClient client) {
        this.protocol = protocol;
        this.client = client;
    }

    @Override
    public void received(ByteBuffer frame, Reply reply) {
        int size = frame.remaining();
        RequestHeader header;
        AbstractRequest body;
        ApiHandler handler;
        try {
            header = RequestHeader.parse(frame);
            handler = protocol.registry().handler(header.apiKey());
            if (handler == null || !served(header)) {
                refuse(reply, "Not served: " + header.apiKey() + " version " + header.apiVersion());
                return;
            }
            if (header.apiKey() != ApiKeys.PRODUCE && size > protocol.maxControlRequestBytes()) {
                refuse(reply, "Request of " + size + " bytes for " + header.apiKey());
                return;
            }
            body = body(header, frame);
        } catch (RuntimeException malformed) {
            protocol.meters().malformed();
            LOG.atInfo()
                    .addKeyValue("connectionId", client.connection().id())
                    .addKeyValue("frameBytes", size)
                    .addKeyValue("reason", String.valueOf(malformed.getMessage()))
                    .log("Malformed request");
            reply.close(CloseReason.MALFORMED);
            return;
        }
        dispatch(handler, new KafkaRequest(header, body, client), reply);
    }

    /** A client newer than us asks for ApiVersions in a version of its own, and is answered in the first (KIP-35). */
    private static boolean served(RequestHeader header) {
        return header.apiKey() == ApiKeys.API_VERSIONS || header.apiKey().isVersionEnabled(header.apiVersion(), false);
    }

    private static AbstractRequest body(RequestHeader header, ByteBuffer frame) {
        if (header.apiKey() == ApiKeys.API_VERSIONS && !header.isApiVersionSupported()) {
            return new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, header.apiVersion());
        }
        return AbstractRequest.parseRequest(header.apiKey(), header.apiVersion(), new ByteBufferAccessor(frame))
                .request;
    }

    private void refuse(Reply reply, String why) {
        protocol.meters().malformed();
        LOG.atInfo()
                .addKeyValue("connectionId", client.connection().id())
                .addKeyValue("reason", why)
                .log("Refused a request");
        reply.close(CloseReason.REFUSED);
    }

    private void dispatch(ApiHandler handler, KafkaRequest request, Reply reply) {
        long startNanos = System.nanoTime();
        CompletableFuture<? extends @Nullable AbstractResponse> answer;
        try {
            answer = handler.handle(request);
        } catch (RuntimeException | Error failed) {
            answer = CompletableFuture.failedFuture(failed);
        }
        var _ = answer.whenComplete((response, failure) -> {
            try {
                protocol.meters().answered(request.header().apiKey(), System.nanoTime() - startNanos);
                answer(request, reply, response, failure);
            } catch (RuntimeException | Error bug) {
                // The future would keep it, and the client would wait for ever, as would all its later answers.
                log(request, bug);
                reply.close(CloseReason.FAILED);
            }
        });
    }

    private void answer(
            KafkaRequest request, Reply reply, @Nullable AbstractResponse response, @Nullable Throwable failure) {
        if (failure != null) {
            fail(request, reply, failure);
        } else if (response == null) {
            reply.nothing();
        } else {
            send(request, reply, response);
        }
    }

    private static void send(KafkaRequest request, Reply reply, AbstractResponse response) {
        RequestHeader header = request.header();
        short version =
                header.apiKey() == ApiKeys.API_VERSIONS && !header.isApiVersionSupported() ? 0 : header.apiVersion();
        Runnable whenWritten = response instanceof Releasing releasing ? releasing::release : () -> {};
        reply.send(new ResponseFrame(header, version, response, whenWritten));
    }

    private void fail(KafkaRequest request, Reply reply, Throwable failure) {
        Throwable cause = ErrorTable.cause(failure);
        if (gone) {
            // Nobody waits for the answer: a long poll, say, was called off when its client went.
            reply.nothing();
            return;
        }
        if (cause instanceof CloseConnection) {
            reply.close(CloseReason.REFUSED);
            return;
        }
        log(request, cause);
        AbstractResponse response =
                request.body().getErrorResponse(0, ErrorTable.forAdmin(cause).exception(cause.getMessage()));
        if (response == null) {
            reply.close(CloseReason.FAILED);
        } else {
            send(request, reply, response);
        }
    }

    /** A bug is a warning with its trace; a dependency that failed, or a client's mistake, is not. */
    private void log(KafkaRequest request, Throwable cause) {
        Errors error = ErrorTable.forAdmin(cause);
        LoggingEventBuilder event =
                error == Errors.UNKNOWN_SERVER_ERROR ? LOG.atWarn().setCause(cause) : LOG.atDebug();
        event.addKeyValue("connectionId", client.connection().id())
                .addKeyValue("api", request.header().apiKey().name)
                .addKeyValue("error", error.name())
                .log("Request failed");
    }

    @Override
    public void closed() {
        gone = true;
        client.closed();
    }
}
