package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.NodeId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
    private static final PeerId PEER = new PeerId(new NodeId(3), 7);

    private static final Peer REPLICA = new Peer(PEER, "127.0.0.1", 7403);

    private static List<ToLeader> toLeader() {
        return List.of(
                new ToLeader.Opening("journal", PEER, new UUID(1, 2), 3),
                new ToLeader.Entry(4, List.of(ByteBuffer.wrap(new byte[] {1, 2, 3}))),
                new ToLeader.Question("journal", PEER),
                new ToLeader.Admission("journal", REPLICA));
    }

    private static List<FromLeader> fromLeader() {
        return List.of(
                new FromLeader.Opened(5),
                new FromLeader.Confirmed(6),
                new FromLeader.Admitted(),
                new FromLeader.Elsewhere(REPLICA),
                new FromLeader.Ended(7, new NotAccepted(FailureCode.SHUTTING_DOWN, "closed")),
                new FromLeader.Ended(
                        8, new NotAccepted(FailureCode.NOT_LEADER, "no", Optional.of(new Leader(new NodeId(2), 9)))));
    }

    private static Packet received(Packet sent) {
        return Packet.of(sent.bytes());
    }

    @Test
    void everyMessageIsReadAsItWasWritten() {
        assertThat(toLeader())
                .allSatisfy(it -> assertThat(ToLeader.of(received(it.packet()))).isEqualTo(it));
        assertThat(fromLeader())
                .allSatisfy(
                        it -> assertThat(FromLeader.of(received(it.packet()))).isEqualTo(it));
    }

    @Test
    void anEntryInPiecesArrivesInOne() {
        ToLeader.Entry sent = new ToLeader.Entry(
                1,
                List.of(
                        ByteBuffer.wrap(new byte[] {1}),
                        ByteBuffer.allocateDirect(2).put(0, (byte) 2)));
        assertThat(ToLeader.of(received(sent.packet())))
                .isEqualTo(new ToLeader.Entry(1, List.of(ByteBuffer.wrap(new byte[] {1, 2, 0}))));
    }

    @Test
    void aTextIsCutAtItsBound() {
        NotAccepted longest = new NotAccepted(FailureCode.INTERNAL, "x".repeat(Fields.MOST_BYTES));
        NotAccepted tooLong = new NotAccepted(FailureCode.INTERNAL, "x".repeat(Fields.MOST_BYTES + 1));
        assertThat(FromLeader.of(received(new FromLeader.Ended(0, longest).packet())))
                .isEqualTo(new FromLeader.Ended(0, longest));
        assertThat(FromLeader.of(received(new FromLeader.Ended(0, tooLong).packet())))
                .isEqualTo(new FromLeader.Ended(0, longest));
        ByteBuffer lie = ByteBuffer.allocate(Fields.MOST_BYTES + 10)
                .put(ToLeader.QUESTION)
                .putShort((short) (Fields.MOST_BYTES + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ToLeader.of(Packet.of(lie.rewind())))
                .withMessageContaining("A string of 1025 bytes");
    }

    @Test
    void aTruncatedMessageIsNone() {
        // An entry's bytes are the submitter's: that some are missing shows at its head only.
        toLeader().stream()
                .filter(it -> !(it instanceof ToLeader.Entry))
                .forEach(message -> refusesTruncated(message.packet(), ToLeader::of));
        fromLeader().forEach(message -> refusesTruncated(message.packet(), FromLeader::of));
    }

    private static void refusesTruncated(Packet packet, Function<Packet, ?> reader) {
        ByteBuffer whole = packet.bytes();
        for (int length = 0; length < whole.remaining(); length++) {
            ByteBuffer part = whole.slice(0, length);
            assertThatIllegalArgumentException().isThrownBy(() -> reader.apply(Packet.of(part)));
        }
        ByteBuffer longer = ByteBuffer.allocate(whole.remaining() + 1).put(whole.duplicate());
        assertThatIllegalArgumentException().isThrownBy(() -> reader.apply(Packet.of(longer.rewind())));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261121})
    void mutatedBytesAreAMessageOrNone(long seed) {
        Random random = new Random(seed);
        List<Packet> packets = Stream.concat(
                        toLeader().stream().map(ToLeader::packet),
                        fromLeader().stream().map(FromLeader::packet))
                .toList();
        int read = 0;
        for (int i = 0; i < 5_000; i++) {
            ByteBuffer bytes = packets.get(random.nextInt(packets.size())).bytes();
            ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                copy.put(random.nextInt(copy.limit()), (byte) random.nextInt(256));
            }
            read += isRead(Packet.of(copy), ToLeader::of) || isRead(Packet.of(copy), FromLeader::of) ? 1 : 0;
        }
        assertThat(read).as("seed %d", seed).isBetween(1, 4_999);
    }

    private static boolean isRead(Packet packet, Function<Packet, ?> reader) {
        try {
            return reader.apply(packet) != null;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }
}
