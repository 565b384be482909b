package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What a peer that leads, or is thought to, answers. */
sealed interface FromLeader {
    byte OPENED = 1;
    byte ENDED = 2;
    byte CONFIRMED = 3;
    byte ADMITTED = 4;
    byte ELSEWHERE = 5;

    Packet packet();

    /**
     * A stream of entries may begin.
     *
     * @param last the last entry of this client's in this term that may be in the log; no later one of a stream before
     *     this one will ever be; 0 without any; {@link #FORGOTTEN} where that is not known
     */
    record Opened(long last) implements FromLeader {
        /** Higher than any: nothing is refused by it. */
        static final long FORGOTTEN = Long.MAX_VALUE;

        @Override
        public Packet packet() {
            return Packet.of(ByteBuffer.allocate(1 + Long.BYTES)
                    .put(OPENED)
                    .putLong(last)
                    .flip());
        }
    }

    /**
     * No entry is taken in any more, or none is: the end of a stream, or a refused question.
     *
     * @param last the last entry that may be in the log; 0 without any
     * @param refusal of those behind it
     */
    record Ended(long last, NotAccepted refusal) implements FromLeader {
        @Override
        public Packet packet() {
            byte[] code = Fields.encoded(refusal.code().name());
            byte[] message = Fields.encoded(refusal.message());
            ByteBuffer bytes = ByteBuffer.allocate(
                            2 + 2 * Long.BYTES + Integer.BYTES + 2 * Short.BYTES + code.length + message.length)
                    .put(ENDED)
                    .putLong(last);
            Fields.put(bytes, code);
            Fields.put(bytes, message);
            bytes.put((byte) (refusal.leader().isPresent() ? 1 : 0));
            refusal.leader()
                    .ifPresent(leader -> bytes.putInt(leader.node().value()).putLong(leader.term()));
            return Packet.of(bytes.flip());
        }

        private static Ended read(ByteBuffer bytes) {
            long last = bytes.getLong();
            FailureCode code = FailureCode.valueOf(Fields.text(bytes));
            String message = Fields.text(bytes);
            Optional<Leader> leader = switch (bytes.get()) {
                case 0 -> Optional.empty();
                case 1 -> Optional.of(new Leader(new NodeId(bytes.getInt()), bytes.getLong()));
                default -> throw new IllegalArgumentException("Neither a leader nor none");
            };
            return new Ended(last, new NotAccepted(code, message, leader));
        }
    }

    /** It leads, and everything that was committed when it was asked is at this index or below. */
    record Confirmed(long index) implements FromLeader {
        @Override
        public Packet packet() {
            return Packet.of(ByteBuffer.allocate(1 + Long.BYTES)
                    .put(CONFIRMED)
                    .putLong(index)
                    .flip());
        }
    }

    /** The replica that asked belongs to the group. */
    record Admitted() implements FromLeader {
        @Override
        public Packet packet() {
            return Packet.of(ByteBuffer.allocate(1).put(ADMITTED).flip());
        }
    }

    /** Another peer leads: ask that one. */
    record Elsewhere(Peer leader) implements FromLeader {
        @Override
        public Packet packet() {
            return Packet.of(Fields.message(ELSEWHERE, leader));
        }
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException when it is none
     */
    static FromLeader of(Packet packet) {
        ByteBuffer bytes = packet.bytes();
        try {
            FromLeader message = switch (bytes.get()) {
                case OPENED -> new Opened(bytes.getLong());
                case ENDED -> Ended.read(bytes);
                case CONFIRMED -> new Confirmed(bytes.getLong());
                case ADMITTED -> new Admitted();
                case ELSEWHERE -> new Elsewhere(Fields.peer(bytes));
                default -> throw new IllegalArgumentException("Not a message from a leader");
            };
            Fields.end(bytes);
            return message;
        } catch (BufferUnderflowException truncated) {
            throw new IllegalArgumentException("A message that ends too soon", truncated);
        }
    }
}
