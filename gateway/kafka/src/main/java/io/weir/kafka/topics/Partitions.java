package io.weir.kafka.topics;

import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataImage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Finds the stream of a partition that a client names. */
public final class Partitions {
    private Partitions() {}

    public static @Nullable StreamLocation find(MetadataImage image, TenantId tenant, String topic, int partition) {
        return image.topic(tenant, topic)
                .flatMap(found -> found.location(partition))
                .orElse(null);
    }

    /** What is wrong with the leader epoch a client believes in (KIP-320); -1 stands for none. */
    public static Errors epochError(int clientEpoch, StreamLocation location) {
        int present = location.incarnation().value();
        if (clientEpoch < 0 || clientEpoch == present) {
            return Errors.NONE;
        }
        return clientEpoch < present ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }
}
