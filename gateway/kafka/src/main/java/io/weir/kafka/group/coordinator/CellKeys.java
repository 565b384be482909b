package io.weir.kafka.group.coordinator;

import io.weir.contracts.identity.TenantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * How the coordinator's keys look inside a cell: a byte that says whose they are, for cells hold other protocols' state
 * too, the tenant, then Kafka's key.
 *
 * <pre>
 * 0          kind        1 = Kafka consumer groups
 * 1          n           length of the tenant's name, 1 to 64
 * 2          tenant      n bytes, ASCII
 * 2 + n      key         as in __consumer_offsets: type (int16), fields
 * </pre>
 *
 * Values are Kafka's, unchanged.
 */
final class CellKeys {
    static final byte KAFKA_GROUPS = 1;

    private final byte[] prefix;

    CellKeys(TenantId tenant) {
        byte[] name = tenant.name().getBytes(StandardCharsets.US_ASCII);
        this.prefix = new byte[2 + name.length];
        prefix[0] = KAFKA_GROUPS;
        prefix[1] = (byte) name.length;
        System.arraycopy(name, 0, prefix, 2, name.length);
    }

    int prefixBytes() {
        return prefix.length;
    }

    void writePrefix(byte[] target, int at) {
        System.arraycopy(prefix, 0, target, at, prefix.length);
    }

    /** Kafka's key; empty when the key is not this tenant's or not of consumer groups. */
    Optional<ByteBuffer> kafkaKey(ByteBuffer cellKey) {
        if (cellKey.remaining() < prefix.length + Short.BYTES) {
            return Optional.empty();
        }
        byte[] start = new byte[prefix.length];
        cellKey.get(cellKey.position(), start);
        return Arrays.equals(start, prefix)
                ? Optional.of(cellKey.slice(cellKey.position() + prefix.length, cellKey.remaining() - prefix.length))
                : Optional.empty();
    }
}
