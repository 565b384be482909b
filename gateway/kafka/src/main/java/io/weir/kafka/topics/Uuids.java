package io.weir.kafka.topics;

import io.weir.contracts.identity.TopicId;
import java.util.UUID;
import org.apache.kafka.common.Uuid;

/** Topic ids as Kafka writes them. */
public final class Uuids {
    private Uuids() {}

    public static Uuid of(TopicId id) {
        return new Uuid(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
    }

    public static TopicId topicId(Uuid id) {
        return new TopicId(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()));
    }
}
