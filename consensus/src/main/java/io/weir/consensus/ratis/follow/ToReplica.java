package io.weir.consensus.ratis.follow;

import io.weir.consensus.ratis.forward.Fields;
import io.weir.consensus.ratis.forward.Packet;
import io.weir.contracts.consensus.PeerId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** What a node without a replica asks of one that has it. */
sealed interface ToReplica {
    byte SUBSCRIPTION = 1;
    byte QUESTION = 2;

    Packet packet();

    /**
     * Everything behind an index, for as long as the stream lives.
     *
     * @param who follows
     * @param applied the last index that it has applied, -1 without any
     */
    record Subscription(String group, PeerId who, long applied) implements ToReplica {
        @Override
        public Packet packet() {
            byte[] name = Fields.encoded(group);
            byte[] id = Fields.encoded(who.toString());
            ByteBuffer bytes = ByteBuffer.allocate(1 + 2 * Short.BYTES + name.length + id.length + Long.BYTES);
            bytes.put(SUBSCRIPTION);
            Fields.put(bytes, name);
            Fields.put(bytes, id);
            return Packet.of(bytes.putLong(applied).flip());
        }
    }

    /**
     * Some entries, once.
     *
     * @param first index
     * @param mostBytes about; the first entry is sent whatever its size
     */
    record Question(String group, long first, int mostBytes) implements ToReplica {
        @Override
        public Packet packet() {
            byte[] name = Fields.encoded(group);
            ByteBuffer bytes = ByteBuffer.allocate(1 + Short.BYTES + name.length + Long.BYTES + Integer.BYTES);
            bytes.put(QUESTION);
            Fields.put(bytes, name);
            return Packet.of(bytes.putLong(first).putInt(mostBytes).flip());
        }
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException when it is none
     */
    static ToReplica of(Packet packet) {
        ByteBuffer bytes = packet.bytes();
        try {
            ToReplica message = switch (bytes.get()) {
                case SUBSCRIPTION ->
                    new Subscription(
                            Fields.text(bytes),
                            PeerId.parse(Fields.text(bytes)),
                            atLeast(-1, bytes.getLong(), "An applied index"));
                case QUESTION ->
                    new Question(Fields.text(bytes), atLeast(0, bytes.getLong(), "An index"), (int)
                            atLeast(0, bytes.getInt(), "A size"));
                default -> throw new IllegalArgumentException("Not a message to a replica");
            };
            Fields.end(bytes);
            return message;
        } catch (BufferUnderflowException truncated) {
            throw new IllegalArgumentException("A message that ends too soon", truncated);
        }
    }

    private static long atLeast(long least, long value, String what) {
        if (value < least) {
            throw new IllegalArgumentException(what + " of " + value);
        }
        return value;
    }
}
