package io.weir.metadata;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Supplier;

/** Ids that Kafka's tools accept: never all zero or Kafka's own, and not beginning with '-' where they are written. */
final class FreshIds {
    /** Kafka's metadata topic; zero is "no topic". */
    private static final UUID METADATA_TOPIC = new UUID(0, 1);

    private FreshIds() {}

    /** A random id. */
    static UUID draw() {
        return drawFrom(UUID::randomUUID);
    }

    static UUID drawFrom(Supplier<UUID> source) {
        UUID id = source.get();
        while (id.equals(METADATA_TOPIC) || id.equals(new UUID(0, 0)) || text(id).startsWith("-")) {
            id = source.get();
        }
        return id;
    }

    /** 22 characters of URL-safe base 64. */
    static String text(UUID id) {
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
