package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What a peer that follows says to the one that leads. */
sealed interface ToLeader {
    byte OPENING = 1;
    byte ENTRY = 2;
    byte QUESTION = 3;
    byte ADMISSION = 4;

    Packet packet();

    /**
     * The first message of a stream of entries.
     *
     * @param peer who submits
     * @param client in whose name the entries are in the log; another one after each start of the process
     * @param term the only one that the entries may be taken in
     */
    record Opening(String group, PeerId peer, UUID client, long term) implements ToLeader {
        @Override
        public Packet packet() {
            byte[] name = Fields.encoded(group);
            byte[] id = Fields.encoded(peer.toString());
            ByteBuffer bytes = ByteBuffer.allocate(1 + 2 * Short.BYTES + name.length + id.length + 3 * Long.BYTES);
            bytes.put(OPENING);
            Fields.put(bytes, name);
            Fields.put(bytes, id);
            bytes.putLong(client.getMostSignificantBits())
                    .putLong(client.getLeastSignificantBits())
                    .putLong(term);
            return Packet.of(bytes.flip());
        }
    }

    /**
     * An entry.
     *
     * @param call its number, higher than that of every entry before it
     */
    record Entry(long call, List<ByteBuffer> pieces) implements ToLeader {
        static final int HEAD_BYTES = 1 + Long.BYTES;

        @Override
        public Packet packet() {
            List<ByteBuffer> all = new ArrayList<>(pieces.size() + 1);
            all.add(ByteBuffer.allocate(HEAD_BYTES).put(ENTRY).putLong(call).flip());
            all.addAll(pieces);
            return new Packet(all);
        }
    }

    /** Whether the other still leads, and up to where everything is committed. */
    record Question(String group, PeerId peer) implements ToLeader {
        @Override
        public Packet packet() {
            byte[] name = Fields.encoded(group);
            byte[] id = Fields.encoded(peer.toString());
            ByteBuffer bytes = ByteBuffer.allocate(1 + 2 * Short.BYTES + name.length + id.length);
            bytes.put(QUESTION);
            Fields.put(bytes, name);
            Fields.put(bytes, id);
            return Packet.of(bytes.flip());
        }
    }

    /** The wish of a replica that does not belong to the group: to be admitted. */
    record Admission(String group, Peer peer) implements ToLeader {
        @Override
        public Packet packet() {
            return Packet.of(Fields.message(ADMISSION, peer, group));
        }
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException when it is none
     */
    static ToLeader of(Packet packet) {
        ByteBuffer bytes = packet.bytes();
        try {
            ToLeader message = switch (bytes.get()) {
                case OPENING ->
                    new Opening(
                            Fields.text(bytes),
                            PeerId.parse(Fields.text(bytes)),
                            new UUID(bytes.getLong(), bytes.getLong()),
                            bytes.getLong());
                case ENTRY -> new Entry(bytes.getLong(), List.of(bytes.slice()));
                case QUESTION -> new Question(Fields.text(bytes), PeerId.parse(Fields.text(bytes)));
                case ADMISSION -> new Admission(Fields.text(bytes), Fields.peer(bytes));
                default -> throw new IllegalArgumentException("Not a message to a leader");
            };
            if (!(message instanceof Entry)) {
                Fields.end(bytes);
            }
            return message;
        } catch (BufferUnderflowException truncated) {
            throw new IllegalArgumentException("A message that ends too soon", truncated);
        }
    }
}
