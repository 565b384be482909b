package io.weir.kafka.protocol;

import io.weir.contracts.identity.TenantId;
import java.util.Optional;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * A parsed request. Its records, if it has any, are views of the frame, which belongs to the request alone.
 *
 * @param client the connection's own state
 */
public record KafkaRequest(RequestHeader header, AbstractRequest body, KafkaClient client) {
    private static final ListenerName LISTENER = new ListenerName("PLAINTEXT");

    public short version() {
        return header.apiVersion();
    }

    public TenantId tenant() {
        return client.tenant();
    }

    /** The body, as the type that goes with the header's API key. */
    public <T extends AbstractRequest> T body(Class<T> type) {
        return type.cast(body);
    }

    /** What Kafka's own services want to know of a request. */
    public RequestContext context() {
        return new RequestContext(
                header,
                client.connection().id(),
                client.connection().remote().getAddress(),
                Optional.of(client.connection().remote().getPort()),
                KafkaPrincipal.ANONYMOUS,
                LISTENER,
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                false);
    }
}
