package io.weir.kafka.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Outgoing;
import io.weir.gateway.connection.Protocol;
import io.weir.gateway.connection.Reply;
import io.weir.kafka.NoConnection;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.ApiRegistry;
import io.weir.kafka.protocol.KafkaRequest;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.Test;

class KafkaSessionTest {
    private static final short VERSION = 12;

    private final List<String> answers = new ArrayList<>();
    private Supplier<CompletableFuture<AbstractResponse>> handling = CompletableFuture::new;

    private final Protocol.Session session = new KafkaProtocol(
                    new ApiRegistry(List.of(new ApiHandler() {
                        @Override
                        public Set<ApiKeys> keys() {
                            return Set.of(ApiKeys.METADATA);
                        }

                        @Override
                        public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
                            return handling.get();
                        }
                    })),
                    new MemoryMetadata(),
                    Duration.ofDays(1),
                    1 << 20,
                    new SimpleMeterRegistry())
            .open(new NoConnection());

    @Test
    void answersWithAnErrorWhenAHandlerThrowsWhatIsNoException() {
        handling = () -> {
            throw new StackOverflowError("Fails for the test");
        };

        receiveRequest();

        assertThat(answers).containsExactly("sent");
    }

    @Test
    void closesTheConnectionWhenEvenTheErrorCannotBeAnswered() {
        // Given
        CompletableFuture<AbstractResponse> handled = new CompletableFuture<>();
        handling = () -> handled;
        receiveRequest();
        assertThat(answers).isEmpty();

        // When
        handled.completeExceptionally(new Unspeakable());

        // Then
        assertThat(answers).containsExactly("closed " + CloseReason.FAILED);
    }

    private void receiveRequest() {
        ByteBuffer header = MessageUtil.toByteBufferAccessor(
                        new RequestHeaderData()
                                .setRequestApiKey(ApiKeys.METADATA.id)
                                .setRequestApiVersion(VERSION)
                                .setCorrelationId(1)
                                .setClientId("test"),
                        ApiKeys.METADATA.requestHeaderVersion(VERSION))
                .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(new MetadataRequestData().setTopics(List.of()), VERSION)
                .buffer();
        ByteBuffer frame = ByteBuffer.allocate(header.remaining() + body.remaining());
        frame.put(header).put(body).flip();
        session.received(frame, new Reply() {
            @Override
            public void send(Outgoing outgoing) {
                answers.add("sent");
            }

            @Override
            public void nothing() {
                answers.add("nothing");
            }

            @Override
            public void close(CloseReason reason) {
                answers.add("closed " + reason);
            }
        });
    }

    /** A bug that makes another one while it is told. */
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("Fails for the test");
        }
    }
}
